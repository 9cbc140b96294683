namespace Kindred.Models.Ratings;

/// <summary>What the factor models of ratings have in common; each trainer fills it from its own options.</summary>
/// <param name="Name">The trainer's name in <see cref="TrainerCatalog"/>.</param>
/// <param name="Regularization">λ, of factors.</param>
/// <param name="BiasRegularization">λ′, of biases.</param>
/// <param name="FrequencyExponent">ν: the penalty of a row with n ratings is λ·n^ν.</param>
internal sealed record RatingOptions(
    string Name, int Dimensions, int Epochs, float Regularization, float BiasRegularization, float FrequencyExponent)
{
    /// <summary>λ·n^ν</summary>
    public float Ridge(int ratings) => Regularization * MathF.Pow(ratings, FrequencyExponent);

    /// <summary>λ′·n^ν</summary>
    public float BiasRidge(int ratings) => BiasRegularization * MathF.Pow(ratings, FrequencyExponent);

    /// <returns>n^(ν − 1): the part of its penalty that a row is given in each of its n steps.</returns>
    public float ShareOfStep(int ratings) => ratings == 0 ? 0 : MathF.Pow(ratings, FrequencyExponent - 1);

    /// <exception cref="InputException">An option is out of range.</exception>
    public void Check()
    {
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
        if (Epochs < 1) throw new InputException($"Epochs must be >= 1, was {Epochs}.");
        if (!(Regularization > 0 && float.IsFinite(Regularization))) throw new InputException($"Regularization must be > 0, was {Regularization}.");
        if (!(BiasRegularization >= 0 && float.IsFinite(BiasRegularization)))
            throw new InputException($"BiasRegularization must be >= 0, was {BiasRegularization}.");
        if (!(FrequencyExponent is >= 0 and <= 1)) throw new InputException($"FrequencyExponent must be in 0..1, was {FrequencyExponent}.");
    }
}

/// <summary>A trainer whose model is <see cref="RatingFactors"/>.</summary>
internal interface IRatingTrainer : IIncrementalTrainer
{
    RatingOptions Shared { get; }
}
