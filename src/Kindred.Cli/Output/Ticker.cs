using Kindred.Import;
using Kindred.Models;

namespace Kindred.Cli.Output;

/// <summary>Where a step stands.</summary>
/// <param name="Total">0: not known.</param>
/// <param name="Unit">Of what is counted, singular.</param>
/// <param name="Best">The best value so far, of a search.</param>
/// <param name="Skipped">How many of <paramref name="Done"/> were done before: they say nothing about the speed.</param>
internal sealed record Tick(long Done, long Total, string Unit, double? Loss = null, double? Best = null, long Skipped = 0)
{
    public static Tick None { get; } = new(0, 0, "");

    /// <summary>"10 epochs, loss 1,234", or "3 of 10 epochs" while under way, or "".</summary>
    public override string ToString()
    {
        if (Done == 0) return "";
        string count = Done < Total ? $"{Format.Count(Done)} of {Format.Many(Total, Unit)}" : Format.Many(Done, Unit);
        return Loss is { } loss ? $"{count}, loss {Format.Loss(loss)}" : Best is { } best ? $"{count}, best {Format.Metric(best)}" : count;
    }
}

/// <summary>Remembers the latest that trainers, the evaluator and the importer report. Safe to use from any number of threads.</summary>
/// <param name="onTick">Called with every report.</param>
internal sealed class Ticker(Action<Tick> onTick) : IProgress<TrainingProgress>, IProgress<ImportProgress>
{
    private volatile Tick _latest = Tick.None;

    public Tick Latest => _latest;

    public void Report(TrainingProgress value) => Show(new(value.Done, value.Total, value.Step, value.Loss));

    public void Report(ImportProgress value) => Show(new(value.Rows, 0, "row"));

    public void Show(Tick tick)
    {
        _latest = tick;
        onTick(tick);
    }
}
