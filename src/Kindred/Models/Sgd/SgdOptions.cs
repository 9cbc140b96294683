namespace Kindred.Models.Sgd;

/// <summary>What the models that learn by stochastic gradients have in common; each trainer fills it from its own options.</summary>
/// <param name="Name">The trainer's name in <see cref="TrainerCatalog"/>.</param>
internal sealed record SgdOptions(string Name, int Dimensions, int Epochs)
{
    public float LearningRate { get; init; }

    public float LearningRateDecay { get; init; }

    public float Regularization { get; init; }

    public bool Adaptive { get; init; }

    public int NegativeCount { get; init; }

    /// <summary>How few of them the model can work with.</summary>
    public int LeastNegatives { get; init; } = 1;

    public float NegativeExponent { get; init; }

    public bool ExistingNegatives { get; init; }

    public float PropensityExponent { get; init; }

    /// <summary>The last columns of an embedding that are the user's and the item's bias: the other side is 1 there.</summary>
    public bool ItemBias { get; init; }

    public bool UserBias { get; init; }

    /// <summary>The model is served with embeddings of length 1.</summary>
    public bool Cosine { get; init; }

    /// <summary>T: what scores are divided by in the loss.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Parts that users and items are cut into at most; 1: serial.</summary>
    public int MostParts { get; init; } = 32;

    /// <summary>Items that a part of the catalogue has at least, where there are so many.</summary>
    public int LeastPartItems { get; init; } = 128;

    /// <summary>The column that is 1 for every user and the bias in an item's row, or −1.</summary>
    public int ItemBiasColumn => ItemBias ? Dimensions - 1 : -1;

    /// <summary>The column that is 1 for every item and the bias in a user's row, or −1.</summary>
    public int UserBiasColumn => UserBias ? Dimensions - 2 : -1;

    /// <param name="epoch">From 1.</param>
    public float RateAt(int epoch) => LearningRate * MathF.Pow(LearningRateDecay, epoch - 1);

    /// <exception cref="InputException">An option is out of range.</exception>
    public void Check()
    {
        int biases = (ItemBias ? 1 : 0) + (UserBias ? 1 : 0);
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
        if (Dimensions <= biases) throw new InputException($"Dimensions must be > {biases}, as biases take {biases} of them, was {Dimensions}.");
        if (Epochs < 1) throw new InputException($"Epochs must be >= 1, was {Epochs}.");
        if (!(LearningRate > 0 && float.IsFinite(LearningRate))) throw new InputException($"LearningRate must be > 0, was {LearningRate}.");
        if (!(LearningRateDecay is > 0 and <= 1)) throw new InputException($"LearningRateDecay must be in 0..1 and above 0, was {LearningRateDecay}.");
        if (!(Regularization >= 0 && float.IsFinite(Regularization))) throw new InputException($"Regularization must be >= 0, was {Regularization}.");
        if (NegativeCount < LeastNegatives) throw new InputException($"NegativeCount must be >= {LeastNegatives}, was {NegativeCount}.");
        if (!(NegativeExponent >= 0 && float.IsFinite(NegativeExponent))) throw new InputException($"NegativeExponent must be >= 0, was {NegativeExponent}.");
        if (!(PropensityExponent is >= 0 and <= 1)) throw new InputException($"PropensityExponent must be in 0..1, was {PropensityExponent}.");
    }
}
