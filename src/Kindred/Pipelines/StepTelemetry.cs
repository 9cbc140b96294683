using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Kindred.Pipelines;

/// <summary>
/// How long sources and stages take, and how many candidates they get and leave: for whoever listens to the meter <c>Kindred</c> or to the
/// spans of that name. Without a listener it costs two checks.
/// </summary>
internal static class StepTelemetry
{
    private const string Name = "Kindred";

    private static readonly ActivitySource Spans = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "kindred.stage.duration", "s", "Time of a source or a stage of a pipeline in one answer.", null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [.00005, .0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5],
        });

    private static readonly KeyValuePair<string, object?> In = new("kindred.direction", "in"), Out = new("kindred.direction", "out");

    /// <summary>Attributes: <c>kindred.stage</c>, and <c>kindred.direction</c>: in or out.</summary>
    private static readonly Counter<long> Candidates = Meter.CreateCounter<long>(
        "kindred.stage.candidates", "{candidate}", "Candidates that a stage of a pipeline gets, and that it or a source leaves.");

    private static readonly Counter<long> Skipped = Meter.CreateCounter<long>(
        "kindred.stage.skipped", "{answer}", "Answers without a source or a stage that was late, failed, or had no time left.");

    private static readonly AsyncLocal<bool> IsLook = new();

    /// <summary>
    /// Not measured is what the calling asynchronous method does from here on: someone looks at what would be answered, and nobody is.
    /// </summary>
    public static void LeaveOut() => IsLook.Value = true;

    /// <param name="step">What an answer does without.</param>
    public static void Skip(string step)
    {
        if (Skipped.Enabled && !IsLook.Value) Skipped.Add(1, Tag(step));
    }

    /// <param name="step">The source's or the stage's name: what whoever configured the pipeline calls it.</param>
    /// <param name="candidates">How many it gets.</param>
    public static RunningStep Begin(string step, int candidates)
    {
        var span = Spans.StartActivity("kindred.stage");
        span?.SetTag("kindred.stage", step).SetTag("kindred.candidates.in", candidates);
        return new(step, span, candidates, Duration.Enabled && !IsLook.Value ? Stopwatch.GetTimestamp() : null);
    }

    private static KeyValuePair<string, object?> Tag(string step) => new("kindred.stage", step);

    /// <summary>A step that runs, or nothing, if it is the default. Disposed without an end, it failed.</summary>
    /// <param name="given">Candidates that it got.</param>
    internal readonly struct RunningStep(string step, Activity? span, int given, long? start) : IDisposable
    {
        /// <param name="candidates">How many it leaves.</param>
        public void End(int candidates)
        {
            if (start is { } began)
            {
                Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, Tag(step));
                Candidates.Add(given, Tag(step), In);
                Candidates.Add(candidates, Tag(step), Out);
            }
            span?.SetTag("kindred.candidates.out", candidates);
        }

        public void Dispose() => span?.Dispose();
    }
}
