using System.Diagnostics;
using Kindred.Models;

namespace Kindred.Benchmarks;

/// <summary>The shortest time between two reports of a training run.</summary>
internal sealed class EpochClock : IProgress<TrainingProgress>
{
    private long _last;

    /// <summary>Seconds.</summary>
    public double Best { get; private set; } = double.MaxValue;

    public void Report(TrainingProgress value)
    {
        if (_last != 0) Best = Math.Min(Best, Stopwatch.GetElapsedTime(_last).TotalSeconds);
        _last = Stopwatch.GetTimestamp();
    }
}
