"""Everything that the source lesson teaches has its place, and stays there.

Each row: the part of the source lesson (numbered as in the project's plan), the
notebook and the cell that teach it, and words that this cell cannot do without.
"""

import pytest
from lesson_files import ROOT, cell_source, read_notebooks

FIT = "04-fit-cnn"
RATES = "06-learning-rate-and-batch-size"
METHODS = "07-regularisation"
TAUGHT = [
    ("1 questions", FIT, "title", "**Questions**"),
    ("1 objectives", FIT, "title", "After this notebook you can"),
    ("1 times", FIT, "title", "| teaching | exercises | computing"),
    ("1 key points", FIT, "key-points", "## Key points"),
    ("2 compile", FIT, "compile-intro", "model_intro.compile("),
    ("2 loss, what it is", FIT, "loss", "how far the predictions are from the truth"),
    ("2 loss for one-hot labels", FIT, "labels-and-loss", "CategoricalCrossentropy"),
    ("2 loss by hand", FIT, "loss-by-hand", "-np.log("),
    ("2 sparse loss", FIT, "loss-sparse", "SparseCategoricalCrossentropy"),
    ("2 from_logits", FIT, "from-logits", "probabilities, or raw scores"),
    ("3 optimizer", FIT, "optimizer", "how each weight has to change"),
    ("3 Adam's defaults", FIT, "adam-defaults", "keras.optimizers.Adam()"),
    ("3 SGD, momentum, RMSprop", FIT, "optimizer", "momentum=0.9"),
    ("3 how to choose", FIT, "optimizer", "How to choose?"),
    ("4 learning rate", FIT, "plot-learning-rates", '"too small": 0.02'),
    ("4 gradient descent", FIT, "descend", "learning_rate * slope"),
    ("4 divergence", FIT, "diverge", "descend(1.1"),
    ("5 metrics", FIT, "metrics", "running count"),
    ("5 accuracy by hand", FIT, "metric-by-hand", "update_state"),
    ("5 why not a loss", FIT, "metrics", "no useful slope"),
    ("5 other metrics", FIT, "metric-after", "TopKCategoricalAccuracy"),
    ("6 epoch, batch, step", FIT, "step-6", "one pass through all the training"),
    ("6 1,250 steps", FIT, "count-steps", "np.ceil("),
    ("6 fit", FIT, "fit-intro", "validation_data=(val_images, val_labels)"),
    ("6 History", FIT, "history", "History"),
    ("7 batch size", FIT, "batch-size", "bounds the memory that a *step* needs"),
    ("8 validation data", FIT, "validation-data", "They change no weight"),
    ("8 the test set waits", FIT, "validation-data", "They wait until notebook 5"),
    ("8 how they are drawn", "02-image-data", "split", "random_state=42"),
    ("9 log line by line", FIT, "read-the-log", "`val_loss` and `val_accuracy`"),
    ("9 history to data frame", FIT, "history-intro", "pd.DataFrame.from_dict"),
    ("9 two panels", FIT, "plot-intro", "sns.lineplot(ax=axes[1]"),
    ("9 solid and dashed", FIT, "read-the-curves", "**dashed** lines the validation"),
    ("10 challenge: curves", FIT, "exercise-inspect-curves", "what do the losses do?"),
    ("10 its answers", FIT, "help-inspect-curves", "<summary>Solution"),
    ("11 overfitting", FIT, "overfitting", "do not carry over to others"),
    ("11 its signs and remedies", FIT, "overfitting-signs", "What helps:"),
    (
        "12 underfitting",
        FIT,
        "underfitting",
        "*even on the images that it learns from*",
    ),
    ("12 shown", FIT, "fit-underfit", "model_linear.fit("),
    ("12 its signs and remedies", FIT, "underfitting-signs", "What helps:"),
    ("13 dropout", FIT, "dropout", "switched off with a given probability"),
    ("13 the drawing", FIT, "draw-dropout", "dropout_sketch()"),
    ("13 training, prediction", FIT, "dropout-layer", "training=False"),
    ("13 rate and scaling", FIT, "dropout-layer-after", "1 / (1 − rate)"),
    ("13 placement", FIT, "dropout-place", "Common places"),
    ("14 dropout CNN", FIT, "build-dropout", "keras.layers.Dropout(0.6)"),
    ("14 summary", FIT, "summary-dropout", "model_dropout.summary("),
    ("14 counts derived", FIT, "parameters", "131,200"),
    ("14 no parameters", FIT, "parameters", "nothing to learn"),
    ("15 challenge: dropout", FIT, "exercise-train-dropout", "does it improve our"),
    ("15 compile", FIT, "fit-dropout", "model_dropout.compile("),
    ("15 fit", FIT, "fit-dropout", "model_dropout.fit("),
    ("15 plot", FIT, "plot-dropout", "sns.lineplot"),
    ("15 save", FIT, "save-models", "model_dropout.save("),
    ("15 evaluate both", FIT, "evaluate-models", "model_intro.evaluate("),
    ("16 the two losses", FIT, "dropout-curves", "under different conditions"),
    ("16 measured alike", FIT, "evaluate-training", "model.evaluate(train_images"),
    ("16 how sure", FIT, "how-sure", "thin evidence"),
    ("16 three seeds", FIT, "three-seeds", "three_seeds.csv"),
    ("17 L1, L2", FIT, "regularisation", "keras.regularizers.L1("),
    ("17 dropout", FIT, "regularisation", "keras.layers.Dropout("),
    ("17 batch normalisation", FIT, "regularisation", "BatchNormalization()"),
    ("17 augmentation", FIT, "regularisation", "RandomFlip("),
    ("17 early stopping", FIT, "regularisation", "restore_best_weights=True"),
    ("18 choose", FIT, "choose-best", "validation accuracy"),
    ("18 predict", FIT, "predict-one", ".predict(val_images"),
    ("19 references", FIT, "references", "Srivastava"),
    ("19 CIFAR-10's report", FIT, "references", "learning-features-2009"),
    ("4 too small to too large", RATES, "train-rates", "0.0001, 0.001"),
    ("4 good rate", RATES, "rates-after", "**Good.**"),
    ("4 finder", RATES, "finder-callback", "on_train_batch_end"),
    ("4 schedule", RATES, "schedule", "CosineDecay("),
    ("7 memory", RATES, "count-costs", "megabytes in a step"),
    ("7 time", RATES, "plot-batches", "Over time"),
    ("7 noise", RATES, "measure-noise", "np.linalg.norm"),
    ("7 sharp minima", RATES, "statements", "**not shown here**"),
    ("12 underfitting measured", METHODS, "extremes-after", "does *not* rise"),
    ("12 augmentation", METHODS, "extremes-after", "does nothing for the simple"),
    ("17 L1, L2 measured", METHODS, "weights-table", "tiny_weights"),
    ("17 all methods", METHODS, "build", "keras.regularizers.L1("),
    ("17 early stopping measured", METHODS, "train-method", "EarlyStopping("),
    ("17 gains and costs", METHODS, "table", '"gained"'),
    ("17 fair dropout", METHODS, "train-fair", "for seed in (1, 2, 3)"),
    ("17 statements", METHODS, "statements", "**not seen here**"),
    ("01 ten steps", "01-introduction", "ten-steps", "| 10 | Share the model"),
    ("01 a first CNN", "01-introduction", "build", "Conv2D("),
    ("02 numbers", "02-image-data", "plot-pixels", "sns.heatmap("),
    ("02 sheet of classes", "02-image-data", "plot-classes", "image_sheet("),
    ("02 normalise", "02-image-data", "rescaling", "keras.layers.Rescaling("),
    ("02 one-hot", "02-image-data", "one-hot", "to_categorical("),
    ("02 three sets", "02-image-data", "about-split", "test set"),
    ("03 neuron", "03-build-cnn", "neuron-by-hand", "inputs * weights"),
    ("03 convolution", "03-build-cnn", "convolve", "window * kernel"),
    ("03 pooling", "03-build-cnn", "max-pooling", ".max()"),
    ("03 dense, softmax", "03-build-cnn", "softmax", "keras.ops.softmax("),
    ("03 the network", "03-build-cnn", "build-intro", "keras.Model("),
    ("03 counts", "03-build-cnn", "parameters", "73,792"),
    ("05 predict, argmax", "05-evaluate-predict", "predict-all", ".argmax(axis=1)"),
    ("05 confidence", "05-evaluate-predict", "noise-after", "not a promise"),
    ("05 confusion matrix", "05-evaluate-predict", "plot-confusion", "sns.heatmap("),
    ("05 confused pairs", "05-evaluate-predict", "plot-confused", "image_sheet("),
    ("05 per class", "05-evaluate-predict", "class-accuracy", "accuracy_by_class"),
    ("05 own photo", "05-evaluate-predict", "own-photo", "my_photo.jpg"),
    ("05 save and load", "05-evaluate-predict", "save-and-load", "load_model("),
    ("05 model card", "05-evaluate-predict", "model-card", "Model card:"),
]


@pytest.mark.parametrize(
    ("part", "notebook", "cell", "words"), TAUGHT, ids=[row[0] for row in TAUGHT]
)
def test_part_is_taught(part, notebook, cell, words):
    assert words in cell_source(notebook, cell)


def test_every_numbered_part_is_in_the_table():
    numbers = {row[0].split()[0] for row in TAUGHT}
    assert {str(n) for n in range(1, 20)} <= numbers


def test_every_erratum_is_explained():
    """CORRECTIONS.md has a line for each of the 48 errata, in order."""
    lines = (ROOT / "CORRECTIONS.md").read_text(encoding="utf-8").splitlines()
    numbers = [
        int(cell)
        for cell in (line.split("|")[1].strip() for line in lines if "|" in line)
        if cell.isdigit()
    ]
    assert numbers == list(range(1, 49))


# What the errata look like where a test can see them, in code and prose alike
ERRATA = [
    ("47", "tf.keras"),
    ("45", "ChatGPT"),
    ("7", "cifar_model_pool"),
    ("13", "learning_rate=0.01"),
    ("41", "internal covariate shift"),
    ("21", "exceptionally well"),
    ("44", "Understand what"),
    ("44", "Know how"),
    ("46", "developers.google.com"),
]


@pytest.mark.parametrize(("erratum", "words"), ERRATA)
def test_erratum_is_gone(erratum, words):
    for notebook, cells in read_notebooks().items():
        for cell in cells["cells"]:
            assert words not in cell["source"], f"{notebook}, cell {cell['id']}"
