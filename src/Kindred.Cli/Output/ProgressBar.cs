using Kindred.Import;
using Kindred.Models;

namespace Kindred.Cli.Output;

/// <summary>Where a step stands.</summary>
/// <param name="Total">0: not known.</param>
/// <param name="Unit">Of what is counted, singular.</param>
/// <param name="Best">The best value so far, of a search.</param>
/// <param name="Skipped">How many of <paramref name="Done"/> were done before: they say nothing about the speed.</param>
/// <param name="Validation">What is measured after each step.</param>
/// <param name="TokensPerSecond">Of neural models.</param>
internal sealed record Tick(
    long Done, long Total, string Unit, double? Loss = null, double? Best = null, long Skipped = 0, Validation? Validation = null,
    double? TokensPerSecond = null)
{
    public static Tick None { get; } = new(0, 0, "");

    /// <summary>Done in a second: "12.0 epochs/s".</summary>
    public string RateIn(TimeSpan time)
    {
        double rate = (Done - Skipped) / Math.Max(.001, time.TotalSeconds);
        return $"{(rate >= 100 ? Format.Count((long)rate) : rate.ToString(rate >= 1 ? "0.0" : "0.00"))} {Unit}s/s";
    }

    /// <summary>"10 epochs, loss 1,234, NDCG@10 .1234", or "3 of 10 epochs" while under way, or "".</summary>
    public override string ToString()
    {
        if (Done == 0) return "";
        string count = Done < Total ? $"{Format.Count(Done)} of {Format.Many(Total, Unit)}" : Format.Many(Done, Unit);
        if (Loss is { } loss) count += $", loss {Format.Loss(loss)}";
        if (TokensPerSecond is { } tokens) count += $", {Format.Count((long)tokens)} tokens/s";
        if (Validation is { } validation) count += $", {Show(validation)}";
        return Best is { } best ? $"{count}, best {Format.Metric(best)}" : count;
    }

    /// <summary>"NDCG@10 .1234".</summary>
    public static string Show(Validation validation) => $"{validation.Metric} {Format.Metric(validation.Value)}";
}

/// <summary>Remembers the latest that trainers, the evaluator and the importer report. Safe to use from any number of threads.</summary>
/// <param name="onTick">Called with every report.</param>
internal sealed class ProgressBar(Action<Tick> onTick) : IProgress<TrainingProgress>, IProgress<ImportProgress>
{
    private volatile Tick _latest = Tick.None;

    public Tick Latest => _latest;

    public void Report(TrainingProgress value) =>
        Show(new(value.Done, value.Total, value.Step, value.Loss, Validation: value.Validation, TokensPerSecond: value.TokensPerSecond));

    public void Report(ImportProgress value) => Show(new(value.Rows, 0, "row"));

    public void Show(Tick tick)
    {
        _latest = tick;
        onTick(tick);
    }
}
