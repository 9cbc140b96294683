using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Reports.Maps;

/// <summary>How embeddings become places.</summary>
internal enum MapLayout
{
    /// <summary>Principal components: true to large distances.</summary>
    Components,

    /// <summary>True to who is near whom; large distances say little.</summary>
    Neighbours,
}

/// <summary>The items of a model as points in the plane, by the directions of their embeddings.</summary>
/// <param name="Items">By index, the most popular first; those that the model knows nothing of are not on it.</param>
/// <param name="Places">[Items, 2] from 0 to 1, the first one to the right, the second one down; of components both have one scale.</param>
/// <param name="Events">[Items] How many users had each.</param>
internal sealed record ItemMap(MapLayout Layout, IReadOnlyList<int> Items, Matrix Places, IReadOnlyList<int> Events)
{
    /// <summary>
    /// [Items] Days from the first event of each to the last event of all; null: the data have no times.
    /// </summary>
    public IReadOnlyList<float>? Ages { get; init; }

    /// <summary>What places mean, in a sentence.</summary>
    public string Explanation => Layout == MapLayout.Components
        ? "Principal components of the directions of embeddings: what lies far apart, differs; what lies close may differ in what is "
            + "not seen."
        : "By neighbours: items lie beside those that the model takes for most alike. How far groups are from each other says little.";

    /// <param name="most">The most popular items alone, at most so many.</param>
    public static ItemMap Of(
        IEmbeddingModel model, Interactions data, MapLayout layout, int most, int seed = 0, CancellationToken cancellation = default)
    {
        var embeddings = model.ItemEmbeddings;
        int[] items =
        [
            .. Enumerable.Range(0, Math.Min(embeddings.Rows, data.Items.Count))
                .Where(item => embeddings.Row(item).ContainsAnyExcept(0))
                .OrderByDescending(item => data.ByItem.Row(item).Columns.Length).ThenBy(item => item).Take(most),
        ];
        int[] events = [.. items.Select(item => data.ByItem.Row(item).Columns.Length)];
        var ages = AgesOf(items, data.Histories, data.Items.Count);
        if (items.Length == 0) return new(layout, items, new Matrix(0, 2), events) { Ages = ages };
        var rows = new Matrix(items.Length, embeddings.Columns);
        for (int n = 0; n < items.Length; n++)
        {
            var row = embeddings.Row(items[n]);
            Kernels.AddScaled(1 / MathF.Sqrt(Kernels.Dot(row, row)), row, rows.Row(n));
        }
        var places = PrincipalComponents.Project(rows, cancellation);
        if (layout == MapLayout.Neighbours) places = NeighbourLayout.Arrange(rows, places, seed, cancellation);
        return new(layout, items, Fitted(places, isEven: layout == MapLayout.Components), events) { Ages = ages };
    }

    /// <param name="most">The most popular items alone.</param>
    public ItemMap Top(int most) => most >= Items.Count ? this : this with
    {
        Items = [.. Items.Take(most)],
        Events = [.. Events.Take(most)],
        Ages = Ages?.Take(most).ToArray(),
    };

    /// <summary>Where someone stands: between the items that a model proposes to them first.</summary>
    /// <param name="nearest">So many of the items of the map with the highest scores.</param>
    /// <returns>Null: the model knows nothing of them.</returns>
    public (double X, double Y)? PlaceOf(IEmbeddingModel model, in Query query, int nearest = 5)
    {
        var embedding = new float[model.ItemEmbeddings.Columns];
        if (Items.Count == 0 || !model.TryEmbed(query, embedding)) return null;
        var best = Items.Select((item, n) => (n, Score: Kernels.Dot(embedding, model.ItemEmbeddings.Row(item))))
            .OrderByDescending(scored => scored.Score).ThenBy(scored => scored.n).Take(nearest).ToArray();
        return (best.Average(scored => Places.Row(scored.n)[0]), best.Average(scored => Places.Row(scored.n)[1]));
    }

    private static float[]? AgesOf(int[] items, Histories histories, int count)
    {
        const float Day = 86_400; // s
        if (!histories.HasTimes) return null;
        var first = new long[count];
        Array.Fill(first, long.MaxValue);
        var all = histories.Items.Span;
        var times = histories.Times.Span;
        for (int n = 0; n < all.Length; n++)
            first[all[n]] = Math.Min(first[all[n]], times[n]);
        return [.. items.Select(item => first[item] == long.MaxValue ? float.NaN : (histories.Newest - first[item]) / Day)];
    }

    /// <param name="isEven">Both axes have one scale: distances mean something.</param>
    private static Matrix Fitted(Matrix places, bool isEven)
    {
        Span<float> low = [float.MaxValue, float.MaxValue], high = [float.MinValue, float.MinValue];
        for (int n = 0; n < places.Rows; n++)
            for (int axis = 0; axis < 2; axis++)
            {
                low[axis] = Math.Min(low[axis], places.Row(n)[axis]);
                high[axis] = Math.Max(high[axis], places.Row(n)[axis]);
            }
        Span<float> width = [Math.Max(high[0] - low[0], 1e-12f), Math.Max(high[1] - low[1], 1e-12f)];
        if (isEven) width.Fill(Math.Max(width[0], width[1]));
        var fitted = new Matrix(places.Rows, 2);
        for (int n = 0; n < places.Rows; n++)
            for (int axis = 0; axis < 2; axis++)
                fitted.Row(n)[axis] = Math.Clamp(.5f + ((places.Row(n)[axis] - ((low[axis] + high[axis]) / 2)) / width[axis]), 0, 1);
        return fitted;
    }
}
