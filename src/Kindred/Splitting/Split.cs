using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>What a model may see, and what it is measured on. Both share their vocabularies.</summary>
/// <param name="Train">Everything known at the time of the question.</param>
/// <param name="Test">What happened afterwards; pairs that are also in <paramref name="Train"/> have been left out and counted.</param>
public sealed record Holdout(Interactions Train, Interactions Test);

/// <summary>Data cut in three: to learn from, to choose options by, and to report from — once.</summary>
/// <param name="Protocol">One sentence: how the cut was made, for reports.</param>
/// <param name="Warnings">What a sceptic should know: leaks, empty parts.</param>
/// <param name="RepeatsLeftOut">Events of validation and test whose (user, item) the user already had: they cannot be recommended, so they are not asked for.</param>
public sealed record Split(
    Interactions Train, Interactions Validation, Interactions Test, string Protocol, IReadOnlyList<string> Warnings, long RepeatsLeftOut)
{
    /// <summary>Train on the training part, measure on the validation part: as often as you like.</summary>
    public Holdout Tuning => new(Train, Validation);

    /// <summary>Train on everything before the test part, measure on the test part: once.</summary>
    public required Holdout Final { get; init; }
}

/// <summary>Cuts data into train, validation and test.</summary>
public interface ISplitter
{
    Split Split(Interactions interactions);
}
