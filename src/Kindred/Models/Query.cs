namespace Kindred.Models;

/// <summary>What a model is asked, already translated to dense indices.</summary>
/// <param name="User">Index in the user vocabulary, or −1 when the user is unknown.</param>
/// <param name="History">Items the user has interacted with, oldest first; an item may occur more than once.</param>
/// <param name="Weights">[History], the weight of each event; empty: every event weighs 1.</param>
public readonly record struct Query(int User, ReadOnlyMemory<int> History, ReadOnlyMemory<float> Weights = default)
{
    /// <summary>The history of a user of the training data, as the model saw it.</summary>
    public static Query Of(Data.Interactions interactions, int user) =>
        new(user, interactions.Histories.ItemsOf(user), interactions.Histories.WeightsOf(user));
}
