using System.Text.Json.Serialization;
using Kindred.Pipelines;

namespace Kindred;

/// <summary>The answer to a <see cref="RecommendRequest"/>.</summary>
public sealed record Recommendation
{
    /// <summary>Best first; none of the history, unless a pipeline lets seen items come again.</summary>
    public required IReadOnlyList<RecommendedItem> Items { get; init; }

    /// <summary>A UUIDv7 of this very answer, to be sent with events that it led to; null: nobody keeps track of answers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestId { get; init; }

    /// <summary>What answered: a snapshot's id, or a model's name.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Source of the first item: "model", a source of the pipeline, or "popularity".</summary>
    public required string Source { get; init; }

    /// <summary>A <see cref="Reason"/>: the user had all that there is, or all that may be recommended.</summary>
    internal const string NothingLeft = "nothing left to recommend";

    /// <summary>
    /// Why it was not the model: "unknown user", "no history", "no known item in the history", "nothing learned from this history",
    /// "nothing left to recommend" or "nothing passes the filter"; null: it was.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>Whether the user of the request is one of the data.</summary>
    public bool IsKnownUser { get; init; }

    /// <summary>Items of the given history that are not in the data, each once.</summary>
    public IReadOnlyList<string> UnknownItems { get; init; } = [];

    /// <summary>
    /// Sentences about what is allowed but probably a mistake, such as a name in <see cref="RecommendRequest.Context"/> that nothing
    /// looks at.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Sources and stages that the answer had to do without, such as for the lack of time.</summary>
    public IReadOnlyList<SkippedStep> SkippedSteps { get; init; } = [];

    /// <summary>The experiments that the user or session is in, with their arms.</summary>
    public IReadOnlyList<AnsweredArm> Experiments { get; init; } = [];

    /// <summary>For each item of <see cref="RecommendRequest.WhyNot"/> what became of it; null: none was asked about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MissingItem>? WhyNot { get; init; }
}

/// <summary>The arm of an experiment that made an answer.</summary>
/// <param name="Arm">"interleaved" where the list has items of both.</param>
public sealed record AnsweredArm(string Experiment, string Arm);

/// <summary>An item of an answer.</summary>
public sealed record RecommendedItem
{
    public required string ItemId { get; init; }

    /// <summary>Null: it has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Title { get; init; }

    /// <summary>Finite, higher is better; comparable only between items of the same source.</summary>
    public required float Score { get; init; }

    /// <summary>Its source: "model", a source of the pipeline, or "popularity".</summary>
    public required string Source { get; init; }

    /// <summary>
    /// The chance with which it came to its place, given those above it; null when nothing was drawn. To be logged with what was shown.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? Propensity { get; init; }

    /// <summary>Its way through the pipeline; null unless it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ItemExplanation? Explanation { get; init; }

    /// <summary>
    /// Ids of the items of the history that speak most for it, the first one most; empty unless it was asked for and the model can say.
    /// </summary>
    public IReadOnlyList<string> Because { get; init; } = [];
}

/// <summary>The way of an item through a pipeline.</summary>
/// <param name="Sources">Those that proposed it.</param>
/// <param name="Stages">Those that moved, re-scored or removed it, or have something to say of it.</param>
public sealed record ItemExplanation(IReadOnlyList<SourceTrace> Sources, IReadOnlyList<StageTrace> Stages);

/// <summary>What became of an item that was asked about.</summary>
/// <param name="Verdict">One sentence.</param>
/// <param name="Explanation">Null for an unknown item.</param>
public sealed record MissingItem(string ItemId, string Verdict, ItemExplanation? Explanation = null);

/// <summary>The answer to a <see cref="SimilarItemsRequest"/>.</summary>
public sealed record SimilarItemsAnswer
{
    public required string ItemId { get; init; }

    /// <summary>Its title; null: it has none.</summary>
    public string? Title { get; init; }

    /// <summary>Whether the data know the item.</summary>
    public required bool IsKnownItem { get; init; }

    /// <summary>False: the model knows no similarity, such as popularity, which has the same answer whatever the history.</summary>
    public bool IsSupported { get; init; } = true;

    /// <summary>What answered: a snapshot's id, or a model's name.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Why there are no items; null when there are some.</summary>
    public string? Reason { get; init; }

    /// <summary>Most similar first; never the item itself.</summary>
    public required IReadOnlyList<RecommendedItem> Items { get; init; }
}
