namespace Kindred.Neural;

/// <summary>How long, in which portions and how fast something learns by automatic differentiation.</summary>
public record TrainingSchedule
{
    public int Epochs { get; init; } = 30;

    /// <summary>Examples behind each step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The highest; it is reached after <see cref="WarmUpEpochs"/>.</summary>
    public float LearningRate { get; init; } = 0.001f;

    /// <summary>Epochs, or parts of one, in which the learning rate grows from 0.</summary>
    public float WarmUpEpochs { get; init; } = 1;

    /// <summary>The learning rate of the last step over the highest; between them it falls along a cosine. 1: it stays.</summary>
    public float FinalLearningRate { get; init; } = 1;

    /// <summary>λ: weight decay.</summary>
    public float Regularization { get; init; }

    /// <summary>Gradients longer than this are shortened to it; 0: never.</summary>
    public float GradientLimit { get; init; } = 5;

    /// <summary>The share of values that are set to zero while learning.</summary>
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
