#include <gtest/gtest.h>

#include <csignal>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // as the programs do: a peer that has gone is an error value
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
