"""The checks of notebook 03."""

from lesson.check import networks
from lesson.check.answers import Number, Numbers, Shape
from lesson.check.exercise import Exercise, judge
from lesson.check.feedback import NotYet

OLD_WEIGHT = 0.25  # the third, in the example above the exercise

neuron = Exercise(
    "Check a neuron's sum of weighted inputs and bias, and its output by ReLU.",
    asks="f22d6a",
    total=Number(-0.75, {
        0.5 + 2 - 3.75: "The sum leaves out the bias of 0.5.",
        0.5 + 2 + 0.5: "The third product is missing: 3 × −1.25.",
        0.5 + 2 + 3 * OLD_WEIGHT + 0.5: "You used the old third weight. It is now "
        "−1.25.",
        0.5 - 2 + 3 * OLD_WEIGHT + 0.5: "That is the sum of the example above. Take "
        "the new weights.",
        0.5 + 2 + 3.75 + 0.5: "The third weight is −1.25: mind its sign.",
        0.5 - 2 - 3.75 + 0.5: "The second weight is now +1.0: mind its sign.",
        0.0: "That is the output after ReLU. What is the sum before it?",
        0.75: "Look at the sign of the sum once more.",
    }, "Multiply each input by its weight. Then add up the products and the bias."),
    output=Number(0.0, {
        -0.75: "The output comes *after* ReLU, which lets no negative number pass.",
        0.75: "ReLU does not drop the sign: it turns negative numbers into 0.",
    }, "ReLU leaves positive numbers alone and turns negative ones into 0."),
    right="The sum is negative, so ReLU turns it into 0: this neuron stays silent.",
)

convolve_by_hand = Exercise(
    "Check the two numbers that the edge filter finds in an image of 3 × 4.",
    asks="3221bf",
    result=Numbers((27, 18), {
        (18, 27): "The two numbers are swapped: the window starts on the left.",
        (-27, -18): "The signs are the wrong way round: the filter subtracts the "
        "*left* column from the right one.",
        (27 // 9, 18 // 9): "Each bright pixel is 9. Add the 9s up: do not count or "
        "average them.",
        (27 // 3, 18 // 3): "Add the products up; do not take their mean.",
        (27, 27): "The first number is right. In the second window, the left column "
        "holds a 9, too: subtract it.",
        (27, 27 + 9): "The first number is right. For the second, subtract the "
        "left column.",
        (27, ...): "The first number is right. The second window is columns 1 to 3.",
    }, "Look at the first window again, columns 0 to 2. Subtract the sum of its left "
    "column from the sum of its right one.",
    count="There are two places for a window of 3 × 3 on an image of 3 × 4, so the "
    "result has two numbers. Yours has {size}."),
    right="In the first window, the left column is all dark. In the second, it holds "
    "one 9 already, which counts −9.",
)

# The numbers of the feature map, window by window
WINDOWS = ((1, 2, 3, 6), (0, 1, 1, 3), (2, 1, 0, 1), (4, 1, 6, 9))

pool_by_hand = Exercise(
    "Check the max pooling of a feature map of 4 × 4 with windows of 2 × 2.",
    asks="e9736d",
    result=Numbers((6, 3, 2, 9), {
        (6, 2, 3, 9): "Rows and columns are swapped: write the upper two "
        "numbers first.",
        tuple(sum(four) / 4 for four in WINDOWS): "Those are the means. *Max* pooling "
        "takes the largest number.",
        tuple(map(min, WINDOWS)): "Those are the smallest numbers. Take the largest "
        "ones.",
        tuple(map(sum, WINDOWS)): "Those are the sums. Take the largest number of "
        "each window.",
        (...,) * 9: "The windows do not overlap: move on by two each time.",
    }, "For each window of 2 × 2, take the largest of its four numbers.",
    count="Four windows of 2 × 2 cover a map of 4 × 4, and each leaves one number: "
    "four in all. You gave {size}."),
    right="The largest number of each window stays.",
)

SIDE = 31 - 2  # height and width after the convolution
DEPTH = "A filter adds up all three colours, so 8 filters make 8 feature maps."
LESS = "A 3 × 3 window takes away 2 from height and width."
HALF = "Half of 29 is 14.5, and pooling drops what is left over."
ROW = "1,568 is right. The shape of a single row has only one number: (1568,)."

layer_shapes = Exercise(
    "Check the shapes that one image of 31 × 31 × 3 takes on its way, as tuples.",
    asks="cab1c6",
    after_convolution=Shape((29, 29, 8), {
        (31, 31, 8): "A 3 × 3 window cannot be centred on the outermost pixels, so the "
        "convolution makes the image smaller.",
        (31 - 3, 31 - 3, 8): LESS,
        (31 - 1, 31 - 1, 8): LESS,
        (29, 29): "The third number is missing: how many feature maps?",
        (29, 29, 3): DEPTH,
        (29, 29, 8 * 3): DEPTH,
    }, "subtract 2 from height and width, and count one feature map for each filter."),
    after_pooling=Shape((14, 14, 8), {
        (SIDE // 2 + 1, SIDE // 2 + 1, 8): HALF,
        (SIDE / 2, SIDE / 2, 8): HALF,
        (14, 14, 8 // 2): "Pooling halves height and width, not the number of maps.",
    }, "Pooling halves height and width and keeps the number of maps."),
    after_flatten=Shape((1568,), {
        (14 * 14,): "Flatten takes all 8 feature maps, not one.",
        (1568, 1): ROW,
        (1, 1568): ROW,
    }, "Flatten puts all numbers into one row, so multiply all three."),
    after_dense=Shape((5,), {}, "A dense layer gives one number for each of its "
    "neurons."),
    right="Height and width go from 31 to 29 and then to 14. Flatten makes one row of "
    "1,568 numbers, and five numbers come out at the end.",
)

SMALL = (
    networks.RESCALING, networks.convolution(8), networks.POOLING,
    networks.Wanted("Flatten"),
    networks.Wanted("Dense", {"units": 5, "activation": "softmax"}, {
        "units": "There are five classes, and your last layer has {value} neurons.",
        "activation": 'To give probabilities, the last layer needs `"softmax"`.'}),
)


@judge(asks="dd7c24")
def build_network(model=...):
    """Check the network of the exercise: five layers, in whichever way it is built."""
    layers = networks.layers_of(model)
    if not hasattr(model, "input_shape"):
        raise NotYet("The model does not know its input shape: begin "
            "with `keras.Input`.")
    if tuple(model.input_shape[1:]) != (31, 31, 3):
        raise NotYet("The input should have the shape (31, 31, 3). Yours has "
            f"{model.input_shape[1:]}.")
    for want in SMALL:
        if want.kind not in networks.kinds_of(layers):
            raise NotYet(f"No {want.kind} is on the way from the input to the output. "
                "If your cell makes one, does it call the next layer on its output?")
    networks.refuse_other_layers(layers, SMALL)
    calls = [layer.get("inbound_nodes", ()) for layer in model.get_config()["layers"]]
    if any(len(each) > 1 for each in calls):
        raise NotYet("A layer is called twice. Make a new one each time.")
    return f"Your network is complete, with {model.count_params():,} parameters."


count_parameters = Exercise(
    "Check the numbers of parameters of the exercise's two layers that learn.",
    asks="b4d3c0",
    convolution=Number(224, {
        3 * 3 * 3 * 8: "You forgot the biases of the convolution: one for each filter.",
        3 * 3 * 8 + 8: "Each filter has weights for all three colours of its input.",
        3 * 3 * 8: "Each filter has weights for all three colours, and a bias.",
        3 * 3 * 3 * 8 + 1: "Each of the 8 filters has a bias of its own.",
        SIDE * SIDE * 8: "That is how many numbers come out. Parameters are weights "
        "and biases, and all places share them.",
    }, "A convolution has 3 × 3 × colours × filters weights, and a bias for "
    "each filter."),
    dense=Number(7845, {
        1568 * 5: "You forgot the biases of the dense layer: one for each neuron.",
        1568 + 5: "Each of the 5 neurons has a weight for *every* one of the 1,568 "
        "inputs.",
        1568 * 5 + 1: "Each of the 5 neurons has a bias of its own.",
        14 * 14 * 5 + 5: "Flatten passes on all 8 feature maps: 14 × 14 × 8 numbers.",
    }, "Multiply inputs by neurons, and add the biases. How many inputs come "
    "from Flatten?"),
    right="3 × 3 × 3 × 8 + 8 = 224, and 1,568 × 5 + 5 = 7,845.",
)
