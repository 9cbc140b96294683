namespace Kindred.Neural;

/// <summary>How long, in which portions and how fast something learns. What each means: <see cref="NeuralTrainer"/>.</summary>
internal sealed record TrainingSchedule(int Epochs, int BatchSize, float LearningRate)
{
    public float WarmUpEpochs { get; init; } = 1;

    public float FinalLearningRate { get; init; } = 1;

    public float Regularization { get; init; }

    public float GradientLimit { get; init; } = 5;

    public float Dropout { get; init; }

    /// <param name="step">From 1.</param>
    public double RateAt(long step, int stepsPerEpoch)
    {
        double warm = WarmUpEpochs * stepsPerEpoch, last = (double)Epochs * stepsPerEpoch;
        if (step < warm) return LearningRate * step / warm;
        double passed = last <= warm ? 1 : Math.Min(1, (step - warm) / (last - warm));
        return LearningRate * (FinalLearningRate + ((1 - FinalLearningRate) * (1 + Math.Cos(Math.PI * passed)) / 2));
    }
}
