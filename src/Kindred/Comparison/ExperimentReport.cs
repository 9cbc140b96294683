using Kindred.Evaluation;
using Kindred.Models;

namespace Kindred.Comparison;

/// <summary>
/// Models measured on one holdout, with everything that is needed to believe it and to do it again: what the console shows, what JSON
/// holds, what the page draws. Serializable.
/// </summary>
public sealed record ExperimentReport
{
    /// <summary>Name of the data.</summary>
    public required string Dataset { get; init; }

    /// <summary>Identifies the data; null: the parts were provided as files.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The command that does it again; null: it was not a command.</summary>
    public string? Command { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What the data is like, before it was cut.</summary>
    public DataProfile? Profile { get; init; }

    public required string Protocol { get; init; }

    /// <summary>The model that lists were filled up from; null: none.</summary>
    public string? Fallback { get; init; }

    public required Leaderboard Leaderboard { get; init; }

    /// <summary>
    /// The same models at earlier moments, the last of which is <see cref="Leaderboard"/>'s; null: there was one cut only.
    /// </summary>
    public Backtest? Backtest { get; init; }

    /// <summary>What the test part says of the model that was chosen here; null: it was not asked.</summary>
    public Confirmation? Confirmation { get; init; }

    /// <summary>How each measured model came to be, in the leaderboard's order: best first.</summary>
    public required IReadOnlyList<ModelManifest> Models { get; init; }
}

/// <summary>A second look, on data that had no part in choosing.</summary>
/// <param name="Winner">The model to use.</param>
/// <param name="Advice">Which model to use, and why.</param>
/// <param name="Test">The chosen model against the baseline, on the test part.</param>
public sealed record Confirmation(string Winner, string Advice, ExperimentReport Test);
