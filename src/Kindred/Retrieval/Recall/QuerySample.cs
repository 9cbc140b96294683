using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval.Recall;

/// <summary>Queries to measure an index with: what users ask of the model, drawn at random.</summary>
/// <param name="Vectors">[queries, d]</param>
/// <param name="Excluded">[queries], items that are not to be found: the histories.</param>
/// <param name="Items">How many items there are.</param>
/// <param name="Whose">"users", or "items" where a model knows no user without a history and none was given.</param>
internal sealed record QuerySample(Matrix Vectors, IReadOnlyList<ReadOnlyMemory<int>> Excluded, int Items, string Whose)
{
    /// <summary>So many queries tell recalls of a hundredth apart, and cost little.</summary>
    public const int Enough = 500;

    public int Count => Vectors.Rows;

    /// <summary>Users with their histories, as a server asks.</summary>
    public static QuerySample Of(IEmbeddingModel model, Interactions interactions, int count, int seed) =>
        Drawn(model, interactions.Users.Count, count, seed, user => Query.Of(interactions, user));

    /// <summary>Users as the model itself knows them, nothing excluded; where it knows none, its items ask for their neighbours.</summary>
    /// <param name="users">How many users the model was trained on.</param>
    public static QuerySample Of(IEmbeddingModel model, int users, int count, int seed)
    {
        var sample = Drawn(model, users, count, seed, user => new(user, default));
        return sample.Count > 0 ? sample : OfItems(model.ItemEmbeddings, count, seed);
    }

    internal IndexQuery QueryOf(int query, int effort) => IndexQuery.Of(Vectors.Row(query), Excluded[query].Span, null, Items, effort);

    private static QuerySample Drawn(IEmbeddingModel model, int users, int count, int seed, Func<int, Query> queryOf)
    {
        var (values, excluded) = (new List<float>(), new List<ReadOnlyMemory<int>>());
        var embedding = new float[model.ItemEmbeddings.Columns];
        foreach (int user in Shuffled(users, seed))
        {
            if (excluded.Count == count) break;
            var query = queryOf(user);
            if (!model.TryEmbed(query, embedding) || !embedding.AsSpan().ContainsAnyExcept(0)) continue;
            values.AddRange(embedding);
            excluded.Add(query.History);
        }
        return new(new Matrix(excluded.Count, embedding.Length, values.ToArray()), excluded, model.Items.Count, "users");
    }

    private static QuerySample OfItems(Matrix embeddings, int count, int seed)
    {
        int[] items = [.. Shuffled(embeddings.Rows, seed).Where(item => embeddings.Row(item).ContainsAnyExcept(0)).Take(count)];
        var vectors = new Matrix(items.Length, embeddings.Columns);
        for (int n = 0; n < items.Length; n++) embeddings.Row(items[n]).CopyTo(vectors.Row(n));
        return new(vectors, [.. items.Select(_ => ReadOnlyMemory<int>.Empty)], embeddings.Rows, "items");
    }

    private static IEnumerable<int> Shuffled(int count, int seed)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        var rng = new Rng((ulong)seed).Fork("query sample");
        for (int n = 0; n < count; n++)
        {
            int other = n + rng.NextInt(count - n);
            (all[n], all[other]) = (all[other], all[n]);
            yield return all[n];
        }
    }
}
