namespace Kindred.Models;

/// <summary>Listens to a training run and keeps what it says of its loss.</summary>
internal sealed class LearningCurve
{
    private readonly List<LearningPoint> _points = [];

    /// <summary>In the order of the steps.</summary>
    public IReadOnlyList<LearningPoint> Points => _points;

    /// <returns>For <see cref="TrainingContext.Progress"/>: listens, and tells <paramref name="next"/> as well.</returns>
    public IProgress<TrainingProgress> PassingOnTo(IProgress<TrainingProgress>? next) => new Listener(_points, next);

    private sealed class Listener(List<LearningPoint> points, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Loss is { } loss) points.Add(new(value.Done, loss));
            next?.Report(value);
        }
    }
}

/// <param name="Step">From 1: the epoch.</param>
/// <param name="Loss">The value that training minimizes.</param>
/// <param name="Validation">Of the metric that decides, on data that was not trained on; null: it was not measured.</param>
public sealed record LearningPoint(int Step, double Loss, double? Validation = null);
