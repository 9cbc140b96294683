namespace Kindred;

/// <summary>Who asks, and for what.</summary>
public sealed record RecommendRequest
{
    /// <summary>A known user, whose stored history <see cref="History"/> continues; null: an anonymous session.</summary>
    public string? UserId { get; init; }

    /// <summary>What the user had, oldest first. Unknown items are left out, and named in the answer.</summary>
    public IReadOnlyList<HistoryEvent> History { get; init; } = [];

    /// <summary>Which of several pipelines answers, where a server has more than one; null: the usual one.</summary>
    public string? Scenario { get; init; }

    /// <summary>How many items at most; ≥ 1.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Conditions on attributes of the items, such as <c>year>=1990</c>; all must be met.</summary>
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>The only items that may be answered; null: all. Unknown ids change nothing.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Do not recommend these items. Unknown ids change nothing.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>What is known of the moment, and of a user whom the data do not know; null: that it is now.</summary>
    public RecommendContext? Context { get; init; }

    /// <summary>Distinguishes requests of one user in what is drawn at random: equal requests with equal keys are answered alike.</summary>
    public long Key { get; init; }

    /// <summary>Explain the path of each item through the pipeline.</summary>
    public bool Explain { get; init; }

    /// <summary>Name the items of the history that speak most for each item, where the model can say that.</summary>
    public bool Because { get; init; }

    /// <summary>Items of which the answer tells why they are not in it; null: of none.</summary>
    public IReadOnlyList<string>? WhyNot { get; init; }
}

/// <summary>Something that a user had.</summary>
/// <param name="Weight">
/// How much it counts; > 0. In the unit of the values that were imported, such as plays: it is scaled as they were.
/// </param>
/// <param name="Time">Null: just now.</param>
public sealed record HistoryEvent(string ItemId, float Weight = 1, DateTimeOffset? Time = null);

/// <summary>What is known of the moment of a request.</summary>
public sealed record RecommendContext
{
    /// <summary>Null: now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Labels by the name of a column, such as <c>device</c> or <c>user.country</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Numbers, likewise.</summary>
    public IReadOnlyDictionary<string, float> Numbers { get; init; } = new Dictionary<string, float>();
}

/// <summary>Which item others are to be like.</summary>
public sealed record SimilarItemsRequest
{
    public required string ItemId { get; init; }

    /// <summary>How many items at most; ≥ 1.</summary>
    public int Count { get; init; } = 10;

    /// <summary>As <see cref="RecommendRequest.Where"/>.</summary>
    public IReadOnlyList<string> Where { get; init; } = [];
}
