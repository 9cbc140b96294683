using System.ComponentModel.DataAnnotations;

namespace Kindred.Neural;

/// <summary>How long, in which portions and how fast something learns by automatic differentiation.</summary>
public record TrainingSchedule
{
    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 30;

    /// <summary>Examples behind each step.</summary>
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 128;

    /// <summary>The highest; it is reached after <see cref="WarmUpEpochs"/>.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 0.001f;

    /// <summary>Epochs, or parts of one, in which the learning rate grows from 0.</summary>
    [Range(0, double.MaxValue)]
    public float WarmUpEpochs { get; init; } = 1;

    /// <summary>The learning rate of the last step over the highest; between them it falls along a cosine. 1: it stays.</summary>
    [Range(0, 1)]
    public float FinalLearningRate { get; init; } = 1;

    /// <summary>λ: weight decay.</summary>
    [Range(0, double.MaxValue)]
    public float Regularization { get; init; }

    /// <summary>Gradients longer than this are shortened to it; 0: never.</summary>
    [Range(0, double.MaxValue)]
    public float GradientLimit { get; init; } = 5;

    /// <summary>The share of values that are set to zero while learning.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public float Dropout { get; init; } = 0.2f;

    /// <param name="step">From 1.</param>
    internal double RateAt(long step, int stepsPerEpoch)
    {
        double warm = WarmUpEpochs * stepsPerEpoch, last = (double)Epochs * stepsPerEpoch;
        if (step < warm) return LearningRate * step / warm;
        double passed = last <= warm ? 1 : Math.Min(1, (step - warm) / (last - warm));
        return LearningRate * (FinalLearningRate + ((1 - FinalLearningRate) * (1 + Math.Cos(Math.PI * passed)) / 2));
    }
}
