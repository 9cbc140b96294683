namespace Kindred.Comparison;

/// <summary>A model that was chosen on the validation part, and what the test part says of it.</summary>
/// <param name="Validation">Chose the model.</param>
/// <param name="Test">The chosen model against the baseline; null: the baseline was chosen, so there is nothing to confirm.</param>
public sealed record ConfirmedChoice(ModelComparison Validation, ModelComparison? Test)
{
    /// <summary>The model to use.</summary>
    public string Winner => (Test ?? Validation).Winner.Name;

    /// <summary>Which model to use, and why.</summary>
    public string Advice => Test is null || Test.Winner.Name == Validation.Winner.Name
        ? (Test ?? Validation).Advice
        : $"Use {Winner}. {Validation.Winner.Name} was best on the validation part, but the test part does not confirm it.";

    /// <summary>For programs and files: the comparison, and what the test part says of it.</summary>
    /// <param name="profile">Of the whole data.</param>
    public ExperimentReport ToReport(DataProfile? profile = null) => Validation.ToReport(profile) with
    {
        Confirmation = Test is null ? null : new(Winner, Advice, Test.ToReport()),
    };
}
