namespace Kindred.Models;

/// <summary>What to know of a trainer before its options.</summary>
/// <param name="Name">Used on the command line, in configuration and in files: lower case, with hyphens.</param>
/// <param name="Description">What it is, in a few words.</param>
/// <param name="Requirements">The data without which it does not work, or says nothing.</param>
/// <param name="Cost">Of an epoch where it has epochs, else of training; d: dimensions.</param>
/// <param name="Capabilities">What it implements.</param>
public sealed record TrainerSummary(string Name, string Description, string Requirements, string Cost, Capabilities Capabilities);

/// <summary>What a trainer and its model can do beyond scoring; tests compare it with what they implement.</summary>
[Flags]
public enum Capabilities
{
    None = 0,

    /// <summary>The order of the items depends on who asks. A history that was not trained on is folded in.</summary>
    Personal = 1,

    /// <summary>The score is an inner product, which an index can serve: <see cref="IEmbeddingModel"/>.</summary>
    Embeds = 2,

    /// <summary>Says which past item brought how much: <see cref="IExplainableModel"/>.</summary>
    Explains = 4,

    /// <summary>Places an item that it was not trained on: <see cref="IItemFoldIn"/>.</summary>
    FoldsItemsIn = 8,

    /// <summary>Continues from a model with more data: <see cref="IIncrementalTrainer"/>.</summary>
    Incremental = 16,

    /// <summary>Has an option `epochs`: learns in passes over the data.</summary>
    Epochs = 32,

    /// <summary>The score is in the unit of the weights, such as a rating: <see cref="IRatingModel"/>.</summary>
    PredictsValues = 64,

    /// <summary>Continues after it was killed: <see cref="IResumableTrainer"/>.</summary>
    Resumable = 128,
}
