#include "app/offline.h"

int main(int argc, char** argv) {
  return mailward::cli::run(argc, argv, mailward::app::offline_commands());
}
