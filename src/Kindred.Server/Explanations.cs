using System.ComponentModel;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Snapshots;

namespace Kindred.Server;

/// <summary>The way of an item through the pipeline.</summary>
internal sealed record AnsweredTrace(
    [property: Description("Sources that proposed it, each with its rank and score there.")] IReadOnlyList<SourceTrace> Sources,
    [property: Description("Stages that moved, re-scored or removed it, or have something to say of it; a rank of 0: it was removed.")] IReadOnlyList<StageTrace> Stages);

/// <summary>What became of an item that was asked about.</summary>
internal sealed record MissingItem(
    string ItemId,
    [property: Description("One sentence: not proposed, removed by a stage, ranked below, or in the list after all.")] string Verdict,
    [property: Description("Left out for an item that the snapshot does not know.")] AnsweredTrace? Explanation = null);

/// <summary>Why an answer is as it is.</summary>
internal sealed class Explanations
{
    private readonly Dictionary<int, ItemTrace> _ofItems;

    private Explanations(Dictionary<int, ItemTrace> ofItems, IReadOnlyList<MissingItem>? missing) => (_ofItems, Missing) = (ofItems, missing);

    /// <summary>Null: none was asked about.</summary>
    public IReadOnlyList<MissingItem>? Missing { get; }

    /// <returns>Null where nothing was asked.</returns>
    /// <exception cref="InputException">Something was asked of a snapshot without a pipeline.</exception>
    public static Explanations? Of(Snapshot snapshot, in Query query, RecommendationRequest request)
    {
        if (!request.Explain && request.WhyNot is null) return null;
        if (snapshot.Pipeline is not { } pipeline)
            throw new InputException($"The snapshot {snapshot.Manifest.Id} serves a model alone, which has no steps to tell of; leave out explain and whyNot.");
        int[] items = [.. (request.WhyNot ?? []).Select(id => snapshot.Items.TryGetIndex(id, out int item) ? item : -1)];
        var explained = pipeline.Explain(query, request.Count, [.. items.Where(item => item >= 0)]);
        var stories = explained.Items.Concat(explained.Missing).ToDictionary(story => story.Item);
        return new(
            request.Explain ? explained.Items.ToDictionary(story => story.Item) : [],
            request.WhyNot?.Select((id, n) => items[n] < 0
                ? new MissingItem(id, "The snapshot does not know it.")
                : new MissingItem(id, stories[items[n]].Verdict, Told(stories[items[n]]))).ToArray());
    }

    public AnsweredTrace? StoryOf(int item) => _ofItems.TryGetValue(item, out var story) ? Told(story) : null;

    // JSON has no NaN
    private static AnsweredTrace Told(ItemTrace story) => new(
        story.Sources, [.. story.Stages.Select(stage => stage with
        {
            ScoreAfter = stage.ScoreAfter is { } after && float.IsNaN(after) ? null : stage.ScoreAfter, Reasons = stage.Reasons,
        })]);
}
