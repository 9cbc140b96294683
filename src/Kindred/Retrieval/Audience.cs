using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval;

/// <param name="Score">The inner product with the item, or the cosine with the seeds.</param>
internal readonly record struct AudienceMember(int User, float Score);

/// <summary>Whom to tell: the users an item suits best, or those most like some users. Safe to share between threads.</summary>
/// <remarks>
/// Users are their embeddings by their own histories, in an index each for the inner product and for the cosine, made when first asked for.
/// Users unknown to the model are never found. Scores of items are comparable between users of one item alone.
/// </remarks>
internal sealed class Audience
{
    private readonly IEmbeddingModel _model;
    private readonly Interactions _interactions;
    private readonly Matrix _users; // [users, d]; zeros where nothing is known
    private readonly Lazy<IIndex> _products, _cosines;

    /// <summary>Embeds every user.</summary>
    /// <param name="interactions">The users and their histories.</param>
    /// <param name="kind">Of index, see <see cref="IndexCatalog"/>.</param>
    public Audience(IEmbeddingModel model, Interactions interactions, IndexContext context, string kind = "flat")
    {
        const int BlockUsers = 256;
        (_model, _interactions) = (model, interactions);
        var users = new Matrix(interactions.Users.Count, model.ItemEmbeddings.Columns);
        Blocks.ForEach(users.Rows, BlockUsers, context.Workers, (first, end) =>
        {
            for (int user = first; user < end; user++)
                if (!model.TryEmbed(Query.Of(interactions, user), users.Row(user))) users.Row(user).Clear();
        }, context.Cancellation);
        _users = users;
        var entry = IndexCatalog.Find(kind);
        _products = new(() => entry.Builder(IndexMetric.InnerProduct).Build(users, context));
        _cosines = new(() => entry.Builder(IndexMetric.Cosine).Build(users, context));
    }

    /// <summary>The users whom an item suits best, by the score of the model, without those who had it.</summary>
    /// <param name="size">The most users.</param>
    /// <param name="threshold">The least score.</param>
    /// <returns>Best first; none where nothing is known of the item.</returns>
    public IReadOnlyList<AudienceMember> OfItem(int item, int size, float threshold = float.NegativeInfinity)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)_model.Items.Count, nameof(item));
        var vector = _model.ItemEmbeddings.Row(item);
        return vector.ContainsAnyExcept(0) ? Find(_products.Value, vector, _interactions.ByItem.Row(item).Columns, size, threshold) : [];
    }

    /// <summary>The users most like some users: by the cosine with the mean of the directions of these, without these.</summary>
    /// <param name="seeds">Users; those without known events say nothing.</param>
    /// <param name="size">The most users.</param>
    /// <param name="threshold">The least cosine.</param>
    /// <returns>Best first; none where nothing is known of the seeds, or they point in directions that cancel out.</returns>
    public IReadOnlyList<AudienceMember> OfUsers(ReadOnlySpan<int> seeds, int size, float threshold = float.NegativeInfinity)
    {
        var mean = new float[_users.Columns];
        var direction = new float[_users.Columns];
        foreach (int seed in seeds)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)seed, (uint)_users.Rows, nameof(seeds));
            if (!_users.Row(seed).ContainsAnyExcept(0)) continue;
            IndexVectors.Put(_users.Row(seed), IndexMetric.Cosine, direction);
            Kernels.AddScaled(1f / seeds.Length, direction, mean);
        }
        return mean.AsSpan().ContainsAnyExcept(0) ? Find(_cosines.Value, mean, seeds, size, threshold) : [];
    }

    private AudienceMember[] Find(IIndex index, ReadOnlySpan<float> vector, ReadOnlySpan<int> excluded, int size, float threshold)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        size = Math.Min(size, index.Description.Count);
        var (users, scores) = (new int[size], new float[size]);
        int count = index.Search(IndexQuery.Of(vector, excluded, null, _users.Rows, 0), users, scores);
        while (count > 0 && scores[count - 1] < threshold) count--;
        var members = new AudienceMember[count];
        for (int n = 0; n < count; n++) members[n] = new(users[n], scores[n]);
        return members;
    }
}
