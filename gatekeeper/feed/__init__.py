"""What the live screens know of the journal, as plain folds: shared by web and worker.

The web folds it live; the worker folds the same for a checkpoint, so that the web's start need
not read years of journal. No thread, no sending, no names; who is told what is web's affair.
"""
