using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>
/// From the attributes of items to the factors that a model learned: ridge regression on the items with events, for those without.
/// Z. Gantner, L. Drumond, C. Freudenthaler, S. Rendle, L. Schmidt-Thieme, "Learning Attribute-to-Feature Mappings for Cold-Start
/// Recommendations", ICDM 2010, the linear map; weighted by events. Immutable.
/// </summary>
/// <remarks>
///   minimize over W  Σ items with events n(i)/n̄·|y(i) − Wᵀ·f(i)|² + λ·|W|²;  for the others  ŷ(i) = Wᵀ·f(i)
/// y(i): factors of length d; n(i): users of the item, n̄ their mean; f(i): labels by inverse frequency, of length 1 together, numbers in
/// standard deviations, those of a vector over √d, and a 1. λ is that of <see cref="Ridges"/> with the least weighted squared error on a
/// tenth of the items, which are drawn at random and held out for it; W is learned from all of them: <see cref="AttributeRegression"/>.
/// </remarks>
/// <param name="weights">[columns + 1, d]: W, at last that of the 1.</param>
internal sealed class AttributeMap(FeatureSpace space, Matrix weights)
{
    /// <summary>Columns beyond so many, of the rarest labels, say nothing.</summary>
    internal const int MostColumns = 10_000;

    /// <summary>λ that are tried; an item with the mean of users weighs 1.</summary>
    internal static readonly float[] Ridges = [0.1f, 0.3f, 1, 3, 10, 30, 100];

    /// <summary>Gives factors to the items that have none, where something is known of them.</summary>
    /// <param name="users">[items]; what has users keeps its factors.</param>
    public void Fill(Matrix factors, Catalog attributes, ReadOnlySpan<int> users)
    {
        var rows = space.ItemRows(attributes);
        for (int item = 0; item < factors.Rows; item++)
            if (users[item] == 0) Embed(rows, item, factors.Row(item));
    }

    /// <returns>[rows, d]: what the attributes say; zero where they say nothing.</returns>
    public Matrix Embed(Catalog attributes)
    {
        var rows = space.ItemRows(attributes);
        var embeddings = new Matrix(rows.Count, weights.Columns);
        for (int row = 0; row < rows.Count; row++) Embed(rows, row, embeddings.Row(row));
        return embeddings;
    }

    public void Save(TensorWriter writer)
    {
        space.Save(writer);
        writer.Add("attributeMap", weights);
    }

    /// <returns>Null where none was saved.</returns>
    public static AttributeMap? Load(TensorFile file)
    {
        if (!file.Contains("attributeMap")) return null;
        var weights = file.Matrix("attributeMap");
        return new(FeatureSpace.Load(file, weights.Rows - 1), weights);
    }

    private void Embed(FeatureRows rows, int row, Span<float> embedding)
    {
        embedding.Clear();
        if (rows.ColumnsOf(row).IsEmpty) return;
        GatheredRows.AddSum(weights, rows.ColumnsOf(row), rows.ValuesOf(row), embedding);
        Kernels.AddScaled(1, weights.Row(weights.Rows - 1), embedding);
    }
}
