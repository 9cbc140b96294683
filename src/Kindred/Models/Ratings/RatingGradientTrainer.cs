using System.ComponentModel.DataAnnotations;
using Kindred.Models.Ratings;

namespace Kindred;

/// <summary>A trainer of factors and biases that learns by gradient steps.</summary>
public abstract record RatingGradientTrainer : RatingFactorTrainer
{
    private protected RatingGradientTrainer() { }

    /// <summary>How far one step moves along its gradient.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 0.03f;

    /// <summary>The learning rate of an epoch over that of the epoch before.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public float LearningRateDecay { get; init; } = 0.95f;

    /// <param name="epoch">From 1.</param>
    private protected float RateAt(int epoch) => LearningRate * MathF.Pow(LearningRateDecay, epoch - 1);

    /// <param name="loss">The mean squared error of an epoch.</param>
    /// <exception cref="InputException">It is no error of a model that learns: the steps are too long.</exception>
    private protected static void CheckLoss(double loss, int epoch, RatingScale scale)
    {
        double range = Math.Max(1, scale.Highest - scale.Lowest);
        if (!(loss <= 4 * range * range))
            throw new InputException(
                $"The steps diverged in epoch {epoch}; use a smaller LearningRate, or FrequencyExponent = 1 where items have very many " +
                $"ratings.");
    }
}
