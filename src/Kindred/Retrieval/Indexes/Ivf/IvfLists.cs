using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>
/// The lists that an <see cref="IvfIndex"/> is cut into: rows [Starts[n], Starts[n + 1]) lie around centroid n, those farthest from it
/// first. Immutable.
/// </summary>
/// <param name="Centroids">
/// [lists, d]; what lies in a list is stored by its difference from these, codes and all, so that their rounding costs nothing.
/// </param>
/// <param name="Spreads">[lists], the root mean square of the distances to the centroid.</param>
/// <param name="Starts">[lists + 1]</param>
internal sealed record IvfLists(Int8Rows Centroids, ReadOnlyMemory<float> Spreads, ReadOnlyMemory<int> Starts)
{
    /// <summary>
    /// How many standard deviations above its centroid the best of a list is looked for. In lists of long vectors, which spread far, it
    /// stands higher above the centroid than in others: on clustered data half as many vectors must be looked at as without.
    /// </summary>
    private const float Deviations = 2;

    public int Count => Centroids.Rows;

    public long Bytes => Centroids.Codes.Length + ((Centroids.Scales.Length + Spreads.Length + Starts.Length) * sizeof(float));

    /// <summary>⟨query, centroid⟩ of each list, and what the best in it may be expected to have.</summary>
    /// <param name="length">Of the query.</param>
    /// <param name="products">[lists], overwritten.</param>
    /// <param name="promises">[lists], overwritten.</param>
    public void Multiply(Int8Rows.Query query, float length, Span<float> products, Span<float> promises)
    {
        Centroids.Multiply(query, 0, products);
        products.CopyTo(promises);
        Kernels.AddScaled(Deviations * length / MathF.Sqrt(Centroids.Dimensions), Spreads.Span, promises);
    }

    public int SizeOf(int list) => Starts.Span[list + 1] - Starts.Span[list];

    /// <returns>Which list a row lies in.</returns>
    public int ListOf(int row)
    {
        int place = Starts.Span.BinarySearch(row + 1);
        return (place >= 0 ? place : ~place) - 1; // the last that begins at or before the row, past empty ones
    }

    /// <param name="centroid">[d], overwritten.</param>
    public void CopyCentroid(int list, Span<float> centroid)
    {
        var codes = Centroids.Codes.Span.Slice(list * Centroids.Stride, centroid.Length);
        float scale = Centroids.Scales.Span[list];
        for (int k = 0; k < centroid.Length; k++) centroid[k] = codes[k] * scale;
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("centroids", Centroids.Codes);
        writer.Add("centroid scales", Centroids.Scales);
        writer.Add("spreads", Spreads);
        writer.Add("starts", Starts);
    }

    public static IvfLists Load(TensorFile file, int dimensions)
    {
        var scales = file.Array<float>("centroid scales");
        var centroids = new Int8Rows(scales.Length, dimensions, file.Array<sbyte>("centroids"), scales);
        return new(centroids, file.Array<float>("spreads"), file.Array<int>("starts"));
    }
}
