using System.Globalization;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Cli.Output;

/// <summary>A search for people: the best trials, which options matter, and whether it was still finding better ones.</summary>
internal static class TuningView
{
    private const int Shown = 10, BarWidth = 30, MostPoints = 60;

    /// <summary>What is searched, and what stays as it is.</summary>
    public static Block Space(TuningOptions options) => Grid.OfPairs(options.Space.Ranges.Select(range => (range.Name, range.ToString()))
        .Concat(TrainerOptions.Of(options.Trainer).Where(o => options.Space[o.Key] is null)
            .Select(o => (o.Key, $"{o.Value} (not searched)"))));

    /// <summary>What the model is worth with each scale of the values, and what to do about it.</summary>
    public static IEnumerable<Block> Scales(DataFolder data, IReadOnlyList<ScaleTrial> trials, string metric)
    {
        string best = trials[0].Scaling.ToString().ToLowerInvariant();
        yield return new Heading("How values become weights");
        yield return new Grid([new("scale"), new(metric, IsNumber: true)],
            [.. trials.Select(trial => new[] { trial.Scaling.ToString().ToLowerInvariant(), Format.Metric(Math.Abs(trial.Value)) })]);
        yield return new BulletList([trials[0].Scaling == data.Interactions.Histories.Scale.Scaling
            ? $"The data are scaled so already: {data.Interactions.Histories.Scale}."
            : $"Everything below is with {best}. Import the data with --scale {best} before training."]);
    }

    public static IEnumerable<Block> Result(TuningOptions options, TuningResult result, string metric)
    {
        int failed = result.Trials.Count(t => t.Value is null);
        yield return new Heading($"The best of {Format.Many(result.Trials.Count, "trial")}");
        yield return Best(options, result, metric);
        if (failed > 0)
            yield return new BulletList(
                [$"Failed: {Format.Many(failed, "trial")}; the first one: {result.Trials.First(t => t.Value is null).Failure}"]);
        if (result.End == TuningEnd.Space) yield return new BulletList(["Everything in the ranges has been tried."]);

        yield return new Heading($"The best {metric} so far, trial by trial");
        yield return new CommandLines([Curve(result.BestSoFar)]);
        yield return new BulletList([SentenceOf(result), .. GainOf(result, metric)]);
        if (result.Importances.Count == 0) yield break;
        yield return new Heading("Which options matter");
        yield return new Grid([new("option"), new("share", IsNumber: true), new("")],
            [.. result.Importances.Select(i =>
                new[] { i.Option, Format.Percent(i.Share), new string('█', (int)Math.Round(BarWidth * i.Share)) })]);
        if (options.Sampler is TuningSampler.Tpe or TuningSampler.Bohb)
            yield return new BulletList(
                ["TPE samples near good trials, so the shares are biased: trust the order. Use --sampler random for unbiased shares."]);
    }

    private static Grid Best(TuningOptions options, TuningResult result, string metric) => new(
        [new("trial", IsNumber: true), new(metric, IsNumber: true), .. options.Space.Ranges.Select(r => new Column(r.Name, IsNumber: true)),
            new("time", IsNumber: true)],
        [.. result.Trials.Where(t => t.Value is not null).OrderByDescending(t => t.Value).ThenBy(t => t.Number).Take(Shown)
            .Select(t => (string[])
        [
            t.Number.ToString(CultureInfo.InvariantCulture), Format.Metric(t.Value!.Value),
            .. options.Space.Ranges.Select(r => t.Options[r.Name]?.ToString() ?? "by the data"),
            Format.Duration(TimeSpan.FromSeconds(t.Seconds)),
        ])]);

    private static IEnumerable<string> GainOf(TuningResult result, string metric)
    {
        if (result.Given is null) yield break;
        if (result.Given.Value is not { } given)
        {
            yield return "The options as given failed, so what was gained over them is not known.";
            yield break;
        }
        double gain = result.Best.Value!.Value - given;
        string first = result.Given.Number == 1 ? ", trial 1," : "";
        string reached = $"The options as given{first} reach {Format.Metric(Math.Abs(given))} {metric}";
        yield return gain <= 0
            ? $"{reached}, and no other trial is better: keep them, or search longer."
            : string.Create(CultureInfo.InvariantCulture,
                $"{reached}: the best trial gains {100 * gain:0.##} points, {100 * gain / Math.Abs(given):0.#} %.");
    }

    private static string SentenceOf(TuningResult result)
    {
        int since = result.Trials.Count - result.Best.Number;
        return since * 4 < result.Trials.Count
            ? $"The best trial is number {result.Best.Number}, near the end: more trials may find better ones."
            : $"The best trial is number {result.Best.Number}; {Format.Many(since, "trial")} after it found nothing better.";
    }

    /// <returns>A line of blocks: the height of the best value between the first and the last one.</returns>
    internal static string Curve(IReadOnlyList<double?> values)
    {
        const string Heights = "▁▂▃▄▅▆▇█";
        double low = values.First(v => v is not null)!.Value, high = values[^1]!.Value;
        int points = Math.Min(MostPoints, values.Count);
        string blocks = string.Concat(Enumerable.Range(0, points).Select(n => values[((n + 1) * values.Count / points) - 1] is { } value
            ? Heights[high > low ? (int)((value - low) / (high - low) * (Heights.Length - 1)) : Heights.Length - 1] : ' '));
        return $"{Format.Metric(low)} {blocks} {Format.Metric(high)}";
    }
}
