namespace Kindred.Store;

/// <summary>
/// What events mean: the setting <see cref="Name"/>. Training and live answers weigh events by the same settings; writing events checks
/// types and times by them.
/// </summary>
public sealed record EventSettings
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "events";

    /// <summary>The types of what a new user answers to cards: picked, and shown but not picked. They are always accepted; a pick weighs 1
    /// and a dismissal 0, unless <see cref="Weights"/> says otherwise.</summary>
    public const string PickType = "onboarding-pick", DismissType = "onboarding-dismiss";

    /// <summary>How much an event of a type counts, above 0; a type that is not listed counts <see cref="OtherWeight"/>.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>The weight of types that <see cref="Weights"/> does not list; 0: they are stored, but not learned from.</summary>
    public double OtherWeight { get; init; } = 1;

    /// <summary>
    /// Types that say that a user does not want an item, such as dislike: they are not learned from as a sign of interest, and the item is
    /// not recommended to the user.
    /// </summary>
    public IReadOnlyList<string> Negative { get; init; } = [];

    /// <summary>Refuse events whose type is neither in <see cref="Weights"/> nor in <see cref="Negative"/>, such as misspelled
    /// ones.</summary>
    public bool OnlyListedTypes { get; init; }

    /// <summary>An event loses half its weight in so many days; null: it never loses any.</summary>
    public double? HalfLifeDays { get; init; }

    /// <summary>Events that are further in the future than this are refused.</summary>
    public double ClockSkewSeconds { get; init; } = 300;

    /// <summary>What counts as long as nobody wrote the setting.</summary>
    public static EventSettings Default { get; } = new();

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static EventSettings Parse(string json) => SettingJson.Read<EventSettings>(Name, json).Checked();

    /// <summary>What the store has, else <see cref="Default"/>.</summary>
    public static async Task<EventSettings> ReadAsync(IStore store, CancellationToken cancellationToken = default) =>
        await store.Settings.GetAsync(Name, cancellationToken).ConfigureAwait(false) is { } setting ? Parse(setting.Json) : Default;

    public string ToJson() => SettingJson.Write(this);

    /// <summary>Whether events of this type may be stored.</summary>
    public bool Accepts(string type) =>
        !OnlyListedTypes || Weights.ContainsKey(type) || IsNegative(type) || type is PickType or DismissType;

    public bool IsNegative(string type) => Negative.Contains(type);

    /// <returns>How much an event counts as a sign of interest at a moment, from 0; 0 for negative types.</returns>
    public double WeightOf(string type, DateTimeOffset time, DateTimeOffset now)
    {
        if (IsNegative(type)) return 0;
        double weight = Weights.TryGetValue(type, out double given) ? given
            : type switch { PickType => 1, DismissType => 0, _ => OtherWeight };
        return HalfLifeDays is not { } days || now <= time ? weight : weight * double.Exp2(-(now - time).TotalDays / days);
    }

    private EventSettings Checked()
    {
        foreach (var (type, weight) in Weights)
            if (!double.IsFinite(weight) || weight <= 0)
                throw new InputException($"The weight of '{PlainText.Shorten(type)}' must be above 0, was {weight}; name a type that " +
                    "counts " +
                    "against an item in 'negative'.");
        if (Weights.Keys.Concat(Negative).Any(string.IsNullOrWhiteSpace)) throw new InputException("A type of events must not be empty.");
        if (Negative.FirstOrDefault(Weights.ContainsKey) is { } both)
            throw new InputException($"'{PlainText.Shorten(both)}' has a weight and is negative; leave out one of them.");
        if (OtherWeight is not (>= 0 and < double.PositiveInfinity))
            throw new InputException($"otherWeight must be at least 0, was {OtherWeight}.");
        if (HalfLifeDays is not (null or (> 0 and < double.PositiveInfinity)))
            throw new InputException($"halfLifeDays must be above 0, was {HalfLifeDays}; leave it out for no half-life.");
        if (ClockSkewSeconds is not (>= 0 and <= 86_400 * 366))
            throw new InputException($"clockSkewSeconds must be 0 to {86_400 * 366}, was {ClockSkewSeconds}.");
        return this;
    }
}
