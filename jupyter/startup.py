"""What each kernel runs first. It leaves no name in the notebook."""

if "ipykernel" in __import__("sys").modules:  # a terminal reads this file, too
    try:
        __import__("lesson.kernel").kernel.load_keras()
    except ImportError:  # a notebook somewhere else
        pass
