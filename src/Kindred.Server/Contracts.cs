using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kindred.Server;

/// <summary>What is asked with POST /v1/recommendations.</summary>
internal sealed record RecommendationRequest(
    [property: Description("A user of the snapshot, whose stored history the given one continues; left out: an anonymous session.")]
    string? UserId = null,
    [property: Description("What the user had, oldest first. Items the snapshot does not know are left out, and listed in the answer.")]
    IReadOnlyList<HistoryEvent>? History = null,
    [property: Description("How many items at most."), Range(1, Recommendations.MaxCount)]
    int Count = 10);

/// <summary>One event of a history: in JSON an item id, or an object with an item id and a weight.</summary>
[JsonConverter(typeof(HistoryEventConverter))]
internal sealed record HistoryEvent(string ItemId, float Weight = 1);

/// <summary>The answer to a question for recommendations.</summary>
internal sealed record RecommendationAnswer
{
    [Description("The user asked for; left out when none was named.")]
    public string? UserId { get; init; }

    [Description("The snapshot that answered.")]
    public required string Snapshot { get; init; }

    [Description("Who proposed the first item: \"model\" or \"popularity\".")]
    public required string Source { get; init; }

    [Description("""
        Why it was not the model: "unknown user", "no history", "no known item in the history", "nothing learned from this history" or
        "nothing left to recommend"; left out when it was.
        """)]
    public string? Reason { get; init; }

    [Description("Items of the given history that the snapshot does not know; left out when there are none.")]
    public IReadOnlyList<string>? UnknownItems { get; init; }

    [Description("Best first; none of the history.")]
    public required IReadOnlyList<AnsweredItem> Items { get; init; }
}

/// <summary>The answer to a question for similar items.</summary>
internal sealed record SimilarAnswer
{
    [Description("The item asked for.")]
    public required string ItemId { get; init; }

    [Description("Its title; left out when it has none.")]
    public string? Title { get; init; }

    [Description("The snapshot that answered.")]
    public required string Snapshot { get; init; }

    [Description("Why there are no items; left out when there are some.")]
    public string? Reason { get; init; }

    [Description("Most similar first; never the item itself.")]
    public required IReadOnlyList<AnsweredItem> Items { get; init; }
}

/// <summary>An item of an answer.</summary>
internal sealed record AnsweredItem
{
    public required string ItemId { get; init; }

    [Description("Its title; left out when it has none.")]
    public string? Title { get; init; }

    [Description("Higher is better; comparable only between items of the same source.")]
    public required float Score { get; init; }

    [Description("Who proposed it: \"model\" or \"popularity\".")]
    public required string Source { get; init; }
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
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "itemId" && reader.TokenType == JsonTokenType.String) itemId = reader.GetString();
            else if (name == "weight" && reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out float given)) weight = given;
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

/// <summary>The contracts' JSON, generated at build time: camelCase, numbers are numbers, an unknown name is an error.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecommendationRequest))]
[JsonSerializable(typeof(RecommendationAnswer))]
[JsonSerializable(typeof(SimilarAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class ServerJson : JsonSerializerContext;
