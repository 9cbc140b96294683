using Kindred.Data;

namespace Kindred;

/// <summary>One event: a user and an item, when it happened and how much it counts.</summary>
/// <param name="Time">To the second. Null: not known; then it must be null for all events, and their order is that of the source.</param>
/// <param name="Weight">Above 0: a rating, a quantity, or how strong a signal the event is.</param>
public readonly record struct Event(string UserId, string ItemId, DateTimeOffset? Time = null, float Weight = 1);

/// <summary>What is known about one user or one item.</summary>
/// <param name="Id">Of the user or the item.</param>
public sealed record AttributeRow(string Id)
{
    /// <summary>Free text by column, such as a title.</summary>
    public IDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Numbers by column, such as a year or a price.</summary>
    public IDictionary<string, float> Numbers { get; init; } = new Dictionary<string, float>(StringComparer.Ordinal);

    /// <summary>Any number of labels by column, such as genres.</summary>
    public IDictionary<string, IReadOnlyList<string>> Labels { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
}

/// <summary>Where interactions are from.</summary>
/// <param name="Name">A short name, for reports.</param>
/// <param name="Fingerprint">Identifies the data: equal data, equal fingerprint; null: not known.</param>
/// <param name="Values">What the weights of the events are.</param>
public sealed record DataOrigin(string Name, string? Fingerprint, ValueKind Values)
{
    /// <summary>Nothing is known of it.</summary>
    public static DataOrigin Unknown { get; } = new("data", null, ValueKind.None);
}
