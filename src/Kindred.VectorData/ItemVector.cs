namespace Kindred.VectorData;

/// <summary>An item of a snapshot: what is known of it, and where it lies among the others.</summary>
/// <param name="ItemId">The external identifier.</param>
/// <param name="Title">What a person would call it; null: nobody said.</param>
/// <param name="Vector">[d]; empty where a search was not asked for vectors.</param>
public sealed record ItemVector(string ItemId, string? Title, ReadOnlyMemory<float> Vector)
{
    private static readonly Dictionary<string, string> NoTexts = [];
    private static readonly Dictionary<string, float> NoNumbers = [];
    private static readonly Dictionary<string, IReadOnlyList<string>> NoLabels = [];

    /// <summary>Attributes of free text that are known, by name.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = NoTexts;

    /// <summary>Attributes that are numbers and known, by name; without those that make up a vector.</summary>
    public IReadOnlyDictionary<string, float> Numbers { get; init; } = NoNumbers;

    /// <summary>Attributes with labels, by name. Every item has all of them; an unknown one has no labels.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; init; } = NoLabels;
}
