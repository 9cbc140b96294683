using System.Runtime.CompilerServices;

namespace Kindred;

/// <summary>Recommends items by their ids. Safe to share between threads.</summary>
public interface IRecommender
{
    /// <exception cref="InputException">Something in the request cannot be used; the sentence says what.</exception>
    /// <exception cref="UnknownScenarioException">There is no such scenario.</exception>
    /// <exception cref="NoSnapshotException">There is nothing to answer from yet.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="Recommend"/>, without blocking a thread while another program is waited for.</summary>
    ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default);

    /// <summary>Items like an item.</summary>
    /// <exception cref="InputException">Something in the request cannot be used; the sentence says what.</exception>
    /// <exception cref="NoSnapshotException">There is nothing to answer from yet.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default);
}

/// <summary>The usual questions in one line.</summary>
public static class RecommenderExtensions
{
    /// <summary>The best items for a user; for one who is not known the most popular ones.</summary>
    public static Recommendation Recommend(
        this IRecommender recommender, string userId, int count = 10, CancellationToken cancellationToken = default) =>
        NotNull(recommender).Recommend(new RecommendRequest { UserId = NotNull(userId), Count = count }, cancellationToken);

    /// <inheritdoc cref="Recommend(IRecommender, string, int, CancellationToken)"/>
    public static ValueTask<Recommendation> RecommendAsync(
        this IRecommender recommender, string userId, int count = 10, CancellationToken cancellationToken = default) =>
        NotNull(recommender).RecommendAsync(new RecommendRequest { UserId = NotNull(userId), Count = count }, cancellationToken);

    /// <summary>The items most like an item.</summary>
    public static SimilarItemsAnswer SimilarItems(
        this IRecommender recommender, string itemId, int count = 10, CancellationToken cancellationToken = default) =>
        NotNull(recommender).SimilarItems(new SimilarItemsRequest { ItemId = NotNull(itemId), Count = count }, cancellationToken);

    private static T NotNull<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null) where T : class =>
        value ?? throw new ArgumentNullException(name);
}

/// <summary>There is no snapshot to answer from yet.</summary>
public sealed class NoSnapshotException : InvalidOperationException
{
    public NoSnapshotException() : this(null) { }

    /// <param name="reason">A sentence; null: unknown.</param>
    internal NoSnapshotException(string? reason)
        : base(reason is null ? "No snapshot is loaded yet; try again in a moment." : $"No snapshot is loaded yet: {reason}")
    {
    }
}

/// <summary>A request names a scenario that the recommender does not have.</summary>
public sealed class UnknownScenarioException : Exception
{
    /// <param name="known">Those that there are.</param>
    public UnknownScenarioException(string scenario, IReadOnlyList<string> known)
        : base(PlainText.OneLine($"There is no scenario '{PlainText.Shorten(scenario)}'; there {(known.Count == 0
            ? "are none: leave it out." : $"are {string.Join(", ", known)}.")}"))
    {
    }

    public UnknownScenarioException() { }
}
