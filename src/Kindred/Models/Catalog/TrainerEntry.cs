using System.Diagnostics.CodeAnalysis;
using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>A trainer in a <see cref="TrainerCatalog"/>.</summary>
/// <param name="Type">The trainer record: its <c>init</c> properties are the options, their values the defaults.</param>
/// <param name="Load">Reads a model that the trainer's model saved; the vocabulary is that of its items.</param>
/// <param name="Summary">Its name, and what it is good for, before one looks at its options.</param>
/// <param name="Space">Which options are worth searching, in which ranges.</param>
public sealed record TrainerEntry(
    [param: DynamicallyAccessedMembers(TrainerOptions.Kept)][property: DynamicallyAccessedMembers(TrainerOptions.Kept)] Type Type,
    Func<TensorFile, Vocabulary, IModel> Load, TrainerSummary Summary, SearchSpace Space)
{
    /// <param name="space">Null: none is named.</param>
    public static TrainerEntry Of<[DynamicallyAccessedMembers(TrainerOptions.Kept)] T>(
        Func<TensorFile, Vocabulary, IModel> load, SearchSpace? space = null) where T : ITrainer, new() =>
        new(typeof(T), load, new T().Summary, space ?? SearchSpace.Empty(typeof(T)));
}
