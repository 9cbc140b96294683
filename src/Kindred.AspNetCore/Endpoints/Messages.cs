using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;
using Microsoft.AspNetCore.Mvc;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>What is asked with POST /v1/recommendations.</summary>
internal sealed record RecommendationRequest(
    [property: Description("A user of the snapshot, whose stored history the given one continues. Default: an anonymous session.")]
    string? UserId = null,
    [property: Description("What the user had, oldest first. Items the snapshot does not know are left out, and listed in the answer.")]
    IReadOnlyList<HistoryEvent>? History = null,
    [property: Description("Which of the server's pipelines answers. Default: the usual one.")]
    string? Scenario = null,
    [property: Description("Maximum number of items."), Range(1, Recommendations.MaxCount), DefaultValue(Recommendations.DefaultCount)]
    int? Count = null,
    [property: Description(
        "Conditions on attributes of the items, such as \"genres=Comedy|Drama\", \"year>=1990\", \"genres!=Horror\"; all must be met.")]
    IReadOnlyList<string>? Where = null,
    [property: Description("Recommend only these items. Default: all. Ids that the snapshot does not know change nothing.")]
    IReadOnlyList<string>? Allow = null,
    [property: Description("Do not recommend these items. Ids that the snapshot does not know change nothing.")]
    IReadOnlyList<string>? Deny = null,
    [property: Description("What is known of the moment and of an unknown user, for rules and models that use it.")]
    RequestContext? Context = null,
    [property: Description(
        "Distinguishes requests of one user in what a pipeline draws at random: equal requests with equal keys are answered alike."),
        DefaultValue(0L)]
    long? Key = null,
    [property: Description("Explain the path of each item through the pipeline."), DefaultValue(false)]
    bool? Explain = null,
    [property: Description("Explain why these items are not in the answer.")]
    IReadOnlyList<string>? WhyNot = null)
{
    public RecommendRequest ToRequest() => new()
    {
        UserId = UserId,
        History = [.. (History ?? []).Select(given => new Kindred.HistoryEvent(given.ItemId, given.Weight))],
        Scenario = Scenario,
        Count = Count ?? Recommendations.DefaultCount,
        Where = Where ?? [],
        Allow = Allow,
        Deny = Deny ?? [],
        Context = Context is null ? null : new()
        {
            Time = Context.Time,
            Labels = Context.Labels ?? new Dictionary<string, IReadOnlyList<string>>(),
            Numbers = Context.Numbers ?? new Dictionary<string, float>(),
        },
        Key = Key ?? 0,
        Explain = Explain ?? false,
        WhyNot = WhyNot,
    };
}

/// <summary>What is known of the moment of a request.</summary>
internal sealed record RequestContext(
    [property: Description("With its offset, such as 2026-12-24T10:00:00Z. Default: now.")]
    [property: JsonConverter(typeof(TimeWithOffsetConverter))]
    DateTimeOffset? Time = null,
    [property: Description("Labels by the name of a column, such as \"device\" or \"user.country\".")]
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Labels = null,
    [property: Description("Numbers, likewise.")]
    IReadOnlyDictionary<string, float>? Numbers = null);

/// <summary>One event of a history: in JSON an item id, or an object with an item id and a weight.</summary>
[JsonConverter(typeof(HistoryEventConverter))]
internal sealed record HistoryEvent(string ItemId, float Weight = 1);

/// <summary>The answer to a question for recommendations.</summary>
internal sealed record RecommendationAnswer
{
    [Description("The user asked for; absent when none was named.")]
    public string? UserId { get; init; }

    [Description("Names this answer: send it with the events that it leads to. Absent when nobody keeps track of answers.")]
    public string? RequestId { get; init; }

    [Description("The snapshot that answered.")]
    public required string Snapshot { get; init; }

    [Description("Source of the first item: \"model\", a source of the pipeline, or \"popularity\".")]
    public required string Source { get; init; }

    [Description("""
        Why it was not the model: "unknown user", "no history", "no known item in the history", "nothing learned from this history" or
        "nothing left to recommend"; with conditions also "nothing passes the filter". Left out when it was.
        """)]
    public string? Reason { get; init; }

    [Description("Items of the given history that the snapshot does not know; absent when there are none.")]
    public IReadOnlyList<string>? UnknownItems { get; init; }

    [Description("Names in the request's context that nothing looks at, a sentence for each; absent when there are none.")]
    public IReadOnlyList<string>? Warnings { get; init; }

    [Description("Sources and stages that were skipped: \"shed\" (no time within the budget), \"late\" (not within the limit of the " +
        "source), \"busy\" (too many late requests to it are still running) or \"failed\"; absent when there are none.")]
    public IReadOnlyList<SkippedStep>? LeftOut { get; init; }

    [Description("Best first; none of the history, unless a pipeline lets seen items come again.")]
    public required IReadOnlyList<AnsweredItem> Items { get; init; }

    [Description("The experiments that the user or session is in, with the arm that answered; absent when there are none.")]
    public IReadOnlyList<ExperimentArmAnswer>? Experiments { get; init; }

    [Description("For each item of whyNot what became of it; absent when none was named.")]
    public IReadOnlyList<MissingItem>? WhyNot { get; init; }

    public static RecommendationAnswer Of(string? userId, Recommendation answer) => new()
    {
        UserId = userId,
        RequestId = answer.RequestId,
        Snapshot = answer.Snapshot,
        Source = answer.Source,
        Reason = answer.Reason,
        UnknownItems = answer.UnknownItems.Count > 0 ? answer.UnknownItems : null,
        Warnings = answer.Warnings.Count > 0 ? answer.Warnings : null,
        LeftOut = answer.SkippedSteps.Count > 0 ? answer.SkippedSteps : null,
        Items = [.. answer.Items.Select(AnsweredItem.Of)],
        Experiments = answer.Experiments.Count == 0 ? null
            : [.. answer.Experiments.Select(arm => new ExperimentArmAnswer(arm.Experiment, arm.Arm))],
        WhyNot = answer.WhyNot?.Select(MissingItem.Of).ToArray(),
    };
}

/// <summary>An experiment that a user is in.</summary>
internal sealed record ExperimentArmAnswer(
    string Experiment, [property: Description("\"interleaved\" where the list has items of both arms.")] string Arm);

/// <summary>The answer to a question for similar items.</summary>
internal sealed record SimilarAnswer
{
    [Description("The item asked for.")]
    public required string ItemId { get; init; }

    [Description("Its title; absent when it has none.")]
    public string? Title { get; init; }

    [Description("The snapshot that answered.")]
    public required string Snapshot { get; init; }

    [Description("Why there are no items; absent when there are some.")]
    public string? Reason { get; init; }

    [Description("Most similar first; never the item itself.")]
    public required IReadOnlyList<AnsweredItem> Items { get; init; }

    public static SimilarAnswer Of(SimilarItemsAnswer answer) => new()
    {
        ItemId = answer.ItemId,
        Title = answer.Title,
        Snapshot = answer.Snapshot,
        Reason = answer.Reason,
        Items = [.. answer.Items.Select(AnsweredItem.Of)],
    };
}

/// <summary>What is known of the index that answers.</summary>
internal sealed record IndexAnswer
{
    [Description("The snapshot it is in.")]
    public required string Snapshot { get; init; }

    public required string Kind { get; init; }

    public required int Dimensions { get; init; }

    [Description("Items that can be found.")]
    public required int Count { get; init; }

    [Description("Memory of its arrays.")]
    public required long Bytes { get; init; }

    [Description("What a search may cost, in the unit of the kind; 0 where there is none.")]
    public required int Effort { get; init; }

    [Description("What was measured when it was built; absent when nothing was.")]
    public RecallEstimate? BuiltRecall { get; init; }

    [Description("What is measured on requests since this snapshot is served; absent when none are sampled.")]
    public SampledAnswer? Sampled { get; init; }
}

/// <summary>What the live measurement of an index came to so far.</summary>
internal sealed record SampledAnswer
{
    [Description("Share of the requests that are answered again with exact search.")]
    public required double Share { get; init; }

    [Description("Requests so far.")]
    public required long Requests { get; init; }

    [Description("Sampled requests that were not measured, as too many were waiting.")]
    public required long Dropped { get; init; }

    [Description("With its 95 % interval; absent as long as nothing was measured.")]
    public RecallEstimate? Recall { get; init; }
}

/// <summary>An item of an answer.</summary>
internal sealed record AnsweredItem
{
    public required string ItemId { get; init; }

    [Description("Its title; absent when it has none.")]
    public string? Title { get; init; }

    [Description("Higher is better; comparable only between items of the same source.")]
    public required float Score { get; init; }

    [Description("Its source: \"model\", a source of the pipeline, or \"popularity\".")]
    public required string Source { get; init; }

    [Description(
        "The chance with which it came to its place, given those above it; absent when nothing was drawn. Log it with what was shown.")]
    public float? Propensity { get; init; }

    [Description("Its way through the pipeline; absent unless it was asked for.")]
    public AnsweredTrace? Explanation { get; init; }

    public static AnsweredItem Of(RecommendedItem item) => new()
    {
        ItemId = item.ItemId,
        Title = item.Title,
        Score = item.Score,
        Source = item.Source,
        Propensity = item.Propensity,
        Explanation = AnsweredTrace.Of(item.Explanation),
    };
}

/// <summary>The way of an item through the pipeline.</summary>
internal sealed record AnsweredTrace(
    [property: Description("Sources that proposed it, each with its rank and score there.")] IReadOnlyList<SourceTrace> Sources,
    [property: Description("Stages that moved, re-scored or removed it, or have something to say of it; a rank of 0: it was removed.")]
    IReadOnlyList<StageTrace> Stages)
{
    public static AnsweredTrace? Of(ItemExplanation? explanation) =>
        explanation is null ? null : new(explanation.Sources, explanation.Stages);
}

/// <summary>What became of an item that was asked about.</summary>
internal sealed record MissingItem(
    string ItemId,
    [property: Description("One sentence: not proposed, removed by a stage, ranked below, or in the list after all.")] string Verdict,
    [property: Description("Left out for an item that the snapshot does not know.")] AnsweredTrace? Explanation = null)
{
    public static MissingItem Of(Kindred.MissingItem missing) =>
        new(missing.ItemId, missing.Verdict, AnsweredTrace.Of(missing.Explanation));
}

/// <summary>"id", or {"itemId": "id", "weight": 2}.</summary>
internal sealed class HistoryEventConverter : JsonConverter<HistoryEvent>
{
    /// <summary>So that null is seen, and refused, here.</summary>
    public override bool HandleNull => true;

    public override HistoryEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        string? itemId = null;
        float weight = 1;
        bool isWeighed = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "itemId" && itemId is null && reader.TokenType == JsonTokenType.String) itemId = reader.GetString();
            else if (name == "weight" && !isWeighed && reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out float given))
                (weight, isWeighed) = (given, true);
            else if (name == "weight" && !isWeighed && reader.TokenType == JsonTokenType.Null) isWeighed = true;
            else throw new JsonException();
        }
        return itemId is null ? throw new JsonException() : new(itemId, weight);
    }

    public override void Write(Utf8JsonWriter writer, HistoryEvent value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("itemId", value.ItemId);
        writer.WriteNumber("weight", value.Weight);
        writer.WriteEndObject();
    }
}

/// <summary>A time without an offset would be one of the server's time zone, which the caller does not know: it is refused.</summary>
internal sealed class TimeWithOffsetConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTimeOffset(out var time)) throw new JsonException();
        return reader.GetDateTime().Kind != DateTimeKind.Unspecified ? time : throw new InputException(
            $"context.time has no offset: '{PlainText.Shorten(reader.GetString()!)}'; add one, such as Z for UTC.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } time) writer.WriteStringValue(time);
        else writer.WriteNullValue();
    }
}

/// <summary>The contracts' JSON, generated at build time: camelCase, numbers are numbers, an unknown or repeated name is an
/// error.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecommendationRequest))]
[JsonSerializable(typeof(RecommendationAnswer))]
[JsonSerializable(typeof(SimilarAnswer))]
[JsonSerializable(typeof(IndexAnswer))]
[JsonSerializable(typeof(PipelineDescription))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ContractsJson : JsonSerializerContext;
