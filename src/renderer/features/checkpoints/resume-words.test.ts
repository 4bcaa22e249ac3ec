import { describe, expect, it } from 'vitest';
import { resumeWords } from './resume-words.ts';

describe('what resuming a run comes to', () => {
  it('says where it goes on and what is trained again', () => {
    expect(resumeWords(340, 300)).toBe(
      'Resuming goes on exactly from the checkpoint of step 300; 40 steps after it will be trained again.',
    );
    expect(resumeWords(300, 300)).toBe(
      'Resuming goes on exactly from the checkpoint of step 300; nothing that was recorded is lost.',
    );
  });

  it('says so where there is no checkpoint yet', () => {
    expect(resumeWords(12, 0)).toBe('It has no checkpoint yet: resuming trains its 12 steps again from the beginning.');
    expect(resumeWords(0, 0)).toBe('Resuming starts it from its first step.');
  });
});
