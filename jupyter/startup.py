"""What each kernel runs first."""

__import__("lesson.kernel").kernel.load_keras()  # which leaves no name in the notebook
