using System.Text.Json.Nodes;

namespace Kindred.Tuning;

/// <summary>Why a search ended.</summary>
public enum TuningEnd
{
    /// <summary>The number of trials is reached.</summary>
    Trials,

    /// <summary>The time is over.</summary>
    Time,

    /// <summary>Everything in the space has been tried.</summary>
    Space,
}

/// <summary>What a search found. Serializable.</summary>
public sealed record TuningResult
{
    /// <summary>What was searched and how, as at the head of the journal.</summary>
    public required JsonObject Search { get; init; }

    public required TuningEnd End { get; init; }

    /// <summary>By number.</summary>
    public required IReadOnlyList<Trial> Trials { get; init; }

    public required Trial Best { get; init; }

    /// <summary>
    /// The trainer as it was given: the first trial. In a search that an earlier version began it is none of them, or null: not measured.
    /// </summary>
    public Trial? Given { get; init; }

    /// <summary>All options of the best trial's trainer.</summary>
    public required JsonObject BestOptions { get; init; }

    /// <summary>[trials]: the best value down to each; null: none had succeeded.</summary>
    public required IReadOnlyList<double?> BestSoFar { get; init; }

    /// <summary>Of each searched option, most important first; empty where there are too few trials to say.</summary>
    public required IReadOnlyList<OptionImportance> Importances { get; init; }
}

/// <summary>How much it matters where an option is in its range.</summary>
/// <param name="Share">In [0, 1]; those of all options sum to 1.</param>
public sealed record OptionImportance(string Option, double Share);
