namespace Kindred.Pipelines;

/// <summary>What a pipeline answers.</summary>
/// <param name="Items">Best first.</param>
/// <param name="SkippedStep">What the answer had to do without; empty: it is the best that the pipeline can give.</param>
public sealed record PipelineAnswer(IReadOnlyList<Candidate> Items, IReadOnlyList<SkippedStep> LeftOut);

/// <summary>A source or stage that did not take part in an answer.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Why">"shed", "late", or "failed: " and a sentence.</param>
public readonly record struct SkippedStep(string Step, string Why)
{
    /// <summary>There was no time for it within the budget.</summary>
    public static SkippedStep Shed(string step) => new(step, "shed");

    /// <summary>It took longer than its limit.</summary>
    public static SkippedStep Late(string step) => new(step, "late");

    public static SkippedStep Failed(string step, Exception error) => new(step, $"failed: {error.Message}");
}
