using Kindred.Models;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What is recommended before there is a model, and how much memory live answers may take: the setting <see cref="Name"/>.
/// </summary>
internal sealed record LiveSettings
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "live";

    /// <summary>Ids of items that people chose, best first: before there is a model they stand in front.</summary>
    public IReadOnlyList<string> Pinned { get; init; } = [];

    /// <summary>Before there is a model, an event counts half after so many days.</summary>
    public double HalfLifeDays { get; init; } = 3;

    /// <summary>With fewer events nothing is popular: the newest items are recommended.</summary>
    public int PopularFrom { get; init; } = 100;

    /// <summary>
    /// An attribute of the users, such as country: users with few events get what is popular among those who share its value, before
    /// there is a model and with one.
    /// </summary>
    public string? Segment { get; init; }

    /// <summary>A segment with fewer events gets what is popular among all.</summary>
    public int SegmentFrom { get; init; } = 200;

    /// <summary>
    /// Attributes of the items, such as title and genres, whose words are embedded where the program can: <see cref="TextVectors"/>.
    /// </summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Memory of the events that the snapshot has not learned; of what does not fit the store is asked.</summary>
    public int TailMegabytes { get; init; } = 512;

    /// <summary>The newest events of a user after the snapshot, or of all where the store is asked; older ones do not count.</summary>
    public int HistoryEvents { get; init; } = 1_000;

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static LiveSettings Parse(string json) => SettingJson.Read<LiveSettings>(Name, json).Checked();

    public string ToJson() => SettingJson.Write(this);

    /// <summary>What the store has, else the defaults.</summary>
    public static async Task<LiveSettings> ReadAsync(IStore store, CancellationToken cancellationToken) =>
        await store.Settings.GetAsync(Name, cancellationToken) is { } setting ? Parse(setting.Json) : new();

    /// <summary>Looks whether what it names is there. Where no attribute is known yet, any may come.</summary>
    /// <param name="embeds">The program can embed texts.</param>
    /// <exception cref="InputException">No user or item has an attribute that it names, or nothing can embed texts.</exception>
    public async Task CheckUseAsync(IStore store, bool embeds)
    {
        if (Texts.Count > 0 && !embeds)
            throw new InputException("'texts' needs an embedding generator, and this program has none: give one as LivingOptions.Texts, " +
                $"or serve with {TrainerCatalog.NeuralCommand}.");
        await CheckAttributes(store.Users, "segment", "user", Segment is null ? [] : [Segment]);
        await CheckAttributes(store.Items, "texts", "item", Texts);
    }

    private static async Task CheckAttributes(ICatalogStore entries, string setting, string one, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return;
        var known = (await entries.TypesAsync()).Keys.Order(StringComparer.Ordinal).ToArray();
        if (known.Length == 0 || names.FirstOrDefault(name => !known.Contains(name)) is not { } unknown) return;
        throw new InputException(
            $"No {one} has the attribute '{PlainText.Shorten(unknown)}' of '{setting}'{Spelling.Hint(unknown, known)} Store it first.");
    }

    private LiveSettings Checked()
    {
        if (HalfLifeDays is not (> 0 and < 36_500)) throw new InputException($"halfLifeDays must be above 0, was {HalfLifeDays}.");
        if (PopularFrom < 0) throw new InputException($"popularFrom must be at least 0, was {PopularFrom}.");
        if (SegmentFrom < 1) throw new InputException($"segmentFrom must be at least 1, was {SegmentFrom}.");
        if (TailMegabytes is not (>= 1 and <= 1 << 20)) throw new InputException($"tailMegabytes must be at least 1, was {TailMegabytes}.");
        if (HistoryEvents is not (>= 1 and <= 100_000))
            throw new InputException($"historyEvents must be 1 to 100000, was {HistoryEvents}.");
        if (Texts.Any(string.IsNullOrEmpty) || Texts.Contains(TextVector.Name))
            throw new InputException($"'texts' must name attributes of items, such as title, and not {TextVector.Name}.");
        if (Pinned.Any(string.IsNullOrEmpty)) throw new InputException("An id in 'pinned' must not be empty.");
        return this;
    }
}
