using System.Text.Json.Serialization;

namespace Kindred.Pipelines;

/// <summary>What a pipeline answers.</summary>
/// <param name="Items">Best first.</param>
/// <param name="SkippedSteps">What the answer had to do without; empty: it is the best that the pipeline can give.</param>
/// <param name="Explanation">Of this very list; null: it was not asked for.</param>
internal sealed record PipelineAnswer(
    IReadOnlyList<Candidate> Items, IReadOnlyList<SkippedStep> SkippedSteps, Explanation? Explanation = null);

/// <summary>A source or stage that did not take part in an answer.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Why">"shed", "late", "busy" or "failed".</param>
public readonly record struct SkippedStep(string Step, string Why)
{
    /// <summary>What it failed with, for a log: it may name hosts and files.</summary>
    [JsonIgnore]
    public Exception? Error { get; private init; }

    /// <summary>There was no time for it within the budget.</summary>
    public static SkippedStep Shed(string step) => new(step, "shed");

    /// <summary>It took longer than its limit.</summary>
    public static SkippedStep Late(string step) => new(step, "late");

    /// <summary>It was not asked, as too many earlier requests to it are late and still running.</summary>
    public static SkippedStep Busy(string step) => new(step, "busy");

    public static SkippedStep Failed(string step, Exception error) => new(step, "failed") { Error = error };
}
