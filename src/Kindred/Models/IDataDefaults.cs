namespace Kindred.Models;

/// <summary>A trainer with options that follow from the data where they are not given: those that are null.</summary>
/// <remarks>Each rule is a formula in the option's summary, and docs/models/defaults.md says what it is worth.</remarks>
internal interface IDataDefaults : ITrainer
{
    /// <returns>The same trainer with a value in the place of each null.</returns>
    ITrainer For(DataShape data);
}

/// <summary>Options that follow from the data, of any trainer.</summary>
internal static class DataDefaults
{
    /// <returns>The trainer with all its options as they are used on such data.</returns>
    public static ITrainer For(this ITrainer trainer, DataShape data) => trainer is IDataDefaults rules ? rules.For(data) : trainer;

    /// <returns>The trainer with all its options as they are used on the data.</returns>
    public static ITrainer For(this ITrainer trainer, Interactions data) =>
        trainer is IDataDefaults rules && OpenOptionsOf(trainer) is not null ? rules.For(DataShape.Of(data)) : trainer;

    /// <returns>Of a trainer that was asked for the value before it knew the data.</returns>
    public static InvalidOperationException NotKnown(string option) => new($"{option} follows from the data, which are not known here.");

    /// <returns>The names of the options that are not given and follow from the data; null: there are none.</returns>
    public static IReadOnlyList<string>? OpenOptionsOf(ITrainer trainer)
    {
        if (trainer is not IDataDefaults) return null;
        var given = TrainerOptions.Of(trainer);
        string[] open = [.. TrainerOptions.NamesOf(trainer.GetType()).Where(name => !given.ContainsKey(name))];
        return open.Length == 0 ? null : open;
    }
}
