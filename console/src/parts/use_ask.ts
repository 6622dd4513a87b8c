import { useCallback, useState } from 'react';

interface Asked<Question> {
  question: Question;
  answer: (yes: boolean) => void;
}

/** A question to the person in the middle of something: shows as `asked` until it is answered, and the asker waits. */
export function useAsk<Question>() {
  const [asked, setAsked] = useState<Asked<Question> | null>(null);
  const ask = useCallback(
    (question: Question) =>
      new Promise<boolean>((resolve) => {
        setAsked({
          question,
          answer: (yes) => {
            setAsked(null);
            resolve(yes);
          },
        });
      }),
    [],
  );
  return { asked, ask };
}
