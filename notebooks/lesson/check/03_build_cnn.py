"""The checks of notebook 03."""

import math

import keras

from lesson.check.answers import Number, Numbers, Shape
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet
from lesson.check.reading import layers_of

neuron = Exercise(
    "Check a neuron's sum of weighted inputs and bias, and its output by ReLU.",
    total=Number(
        -0.75,
        {
            -1.25: "The sum leaves out the bias of 0.5.",
            3.0: "The third product is missing: 3 × −1.25.",
            3.75: "That is with the old third weight. It is now −1.25.",
            -0.25: "That is the sum of the example above. Take the new weights.",
            6.75: "The third weight is −1.25: mind its sign.",
            -4.75: "The second weight is now +1.0: mind its sign.",
            0.0: "That is what the neuron answers. What is the sum before ReLU?",
            0.75: "Look at the sign of the sum once more.",
        },
        "Multiply each input by its weight, add the three products, then the bias.",
    ),
    output=Number(
        0.0,
        {
            -0.75: "The output is the sum *after* ReLU, and ReLU lets no negative "
            "number pass.",
            0.75: "ReLU does not drop the sign: it turns negative numbers into 0.",
        },
        "ReLU leaves positive numbers alone and turns negative ones into 0.",
    ),
    right="The sum is negative, so ReLU makes 0 of it: this neuron stays silent.",
)

convolve_by_hand = Exercise(
    "Check the two numbers that the edge filter finds in an image of 3 × 4.",
    result=Numbers(
        (27, 18),
        {
            (18, 27): "The two numbers are swapped: the window starts on the left.",
            (-27, -18): "The signs are the wrong way round: the filter subtracts the "
            "*left* column from the right one.",
            (3, 2): "The bright pixels are 9 each: add up, neither count nor average.",
            (9, 6): "Add the products up; do not take their mean.",
            (27, 27): "The first number is right. In the second window, the left "
            "column holds a 9, too: subtract it.",
            (27, 36): "The first number is right. Then you added the left column.",
            (27, ...): "The first number is right. For the second, the window moves "
            "on by one: columns 1 to 3.",
        },
        "Look at the first window again, columns 0 to 2: the sum of its right "
        "column, minus the sum of its left column.",
        count="There are two places for a window of 3 × 3 on an image of 3 × 4, so "
        "the result has two numbers. Yours has {size}.",
    ),
    right="In the first window, the left column is all dark. In the second, it holds "
    "one 9 already, which counts −9.",
)

pool_by_hand = Exercise(
    "Check the max pooling of a feature map of 4 × 4 with windows of 2 × 2.",
    result=Numbers(
        (6, 3, 2, 9),
        {
            (6, 2, 3, 9): "Rows and columns are swapped: write the upper two first.",
            (3, 1.25, 1, 5): "Those are the means. *Max* pooling takes the largest "
            "number.",
            (1, 0, 0, 1): "Those are the smallest numbers. Take the largest ones.",
            (12, 5, 4, 20): "Those are the sums. Take the largest number of each "
            "window.",
            (...,) * 9: "The windows do not overlap: each moves on by two.",
        },
        "For each window of 2 × 2, take the largest of its four numbers.",
        count="Four windows of 2 × 2 cover a map of 4 × 4, and each leaves one number: "
        "four in all. You gave {size}.",
    ),
    right="The largest number of each window stays.",
)

DEPTH = "A filter adds up all three colours, so 8 filters make 8 feature maps."
LESS = "A 3 × 3 window takes away 2 from height and width."
HALF = "Half of 29 is 14.5: pooling drops what is left over."
ROW = "1,568 is right. One row has one number in its shape: (1568,)."

layer_shapes = Exercise(
    "Check the shapes that one image of 31 × 31 × 3 takes on its way, as tuples.",
    after_convolution=Shape(
        (29, 29, 8),
        {
            (31, 31, 8): "A 3 × 3 window cannot be centred on the outermost pixels, "
            "so the convolution makes the image smaller.",
            (28, 28, 8): LESS,
            (30, 30, 8): LESS,
            (29, 29): "The third number is missing: how many feature maps?",
            (29, 29, 3): DEPTH,
            (29, 29, 24): DEPTH,
            (1, 29, 29, 8): "Leave out the number of images: the shape of one is "
            "asked for.",
        },
        "After the convolution: height and width minus 2, and as many feature maps "
        "as there are filters.",
    ),
    after_pooling=Shape(
        (14, 14, 8),
        {
            (15, 15, 8): HALF,
            (14.5, 14.5, 8): HALF,
            (14, 14, 4): "Pooling halves height and width, not the number of maps.",
        },
        "Pooling halves height and width and keeps the number of maps.",
    ),
    after_flatten=Shape(
        (1568,),
        {
            (196,): "Flatten takes all 8 feature maps, not one.",
            (1568, 1): ROW,
            (1, 1568): ROW,
        },
        "Flatten writes all numbers in one row: multiply all three.",
    ),
    after_dense=Shape(
        (5,), otherwise="A dense layer gives one number for each of its neurons."
    ),
    right="29, 14, one row of 1,568, and five numbers at the end.",
)


@judge()
def build_network(model=...):
    """Check the network of the exercise: five layers, built with the functional API."""
    layers = layers_of(model)
    if not model.built:
        raise NotYet(
            "The model does not know the shape of its input yet: begin with "
            "`keras.Input`."
        )
    if model.input_shape != (None, 31, 31, 3):
        raise NotYet(
            f"The input should have the shape (31, 31, 3). Yours: "
            f"{model.input_shape[1:]}."
        )
    kinds = [type(layer).__name__ for layer, _ in layers]
    wanted = ["Rescaling", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    if kinds != wanted:
        missing = [kind for kind in wanted if kind not in kinds]
        if missing:
            raise NotYet(
                f"No {missing[0]} lies on the way from the input to the output. If it "
                "stands in your cell: is the next layer called on its output?"
            )
        raise NotYet(
            f"The layers should be, in this order: {', '.join(wanted)}. Yours are: "
            f"{', '.join(kinds)}."
        )
    (rescaling, _), (convolution, bend), (pooling, _), _, (dense, last) = layers
    if not math.isclose(rescaling.scale * 255, 1, rel_tol=1e-6):
        raise NotYet("Rescaling should bring 0 to 255 into 0 to 1: `1 / 255`.")
    if convolution.filters != 8:
        raise NotYet(f"The convolution has {convolution.filters} filters, not 8.")
    if convolution.kernel_size != (3, 3):
        raise NotYet(f"The filters are {convolution.kernel_size}, not (3, 3).")
    if convolution.padding != "valid" or convolution.strides != (1, 1):
        raise NotYet("Leave padding and strides of the convolution as they are.")
    if bend != "relu":
        raise NotYet('The convolution needs `activation="relu"`.')
    if pooling.pool_size != (2, 2):
        raise NotYet(f"The pooling windows are {pooling.pool_size}, not (2, 2).")
    if dense.units != 5:
        raise NotYet(
            f"There are five classes, and your last layer has {dense.units} neurons."
        )
    if last != "softmax":
        raise NotYet('To give probabilities, the last layer needs `"softmax"`.')
    if isinstance(model, keras.Sequential):
        raise NotYet(
            "The layers are right. But this is a `Sequential` model: build it with "
            "the functional interface, each layer called on the output before it."
        )
    return f"Your network is complete, with {model.count_params():,} parameters."


count_parameters = Exercise(
    "Check the numbers of parameters of the exercise's two layers that learn.",
    convolution=Number(
        224,
        {
            216: "You forgot the biases of the convolution: one for each filter.",
            80: "Each filter is as deep as its input: it has weights for all three "
            "colours.",
            72: "Each filter has weights for all three colours, and a bias.",
            217: "Each of the 8 filters has a bias of its own.",
            29 * 29 * 8: "That is how many numbers come out. Parameters are weights "
            "and biases, and all places share them.",
        },
        "Convolution: 3 × 3 × colours × filters, and a bias for each filter.",
    ),
    dense=Number(
        7845,
        {
            7840: "You forgot the biases of the dense layer: one for each neuron.",
            1573: "Each of the 5 neurons has a weight for *every* one of the 1,568 "
            "inputs.",
            7841: "Each of the 5 neurons has a bias of its own.",
            985: "Flatten passes on all 8 feature maps: 14 × 14 × 8 numbers.",
        },
        "Dense: inputs × neurons, and a bias for each neuron. How many inputs come "
        "from Flatten?",
    ),
    right="3 × 3 × 3 × 8 + 8 = 224, and 1,568 × 5 + 5 = 7,845.",
)
