using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Linear;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred;

/// <summary>
/// <see cref="Ease"/> for items with events, and for those without a regression on what items alike by their attributes have: metadata
/// alignment, in closed form. J. Monteil, V. Vaskovych, W. Lu, A. Majumder, A. van den Hengel, "MARec: Metadata Alignment for cold-start
/// Recommendation", RecSys 2024, with EASE as the backbone.
/// </summary>
/// <remarks>
///   minimize over B with B(j, j) = 0:  ‖X − XB‖² + λ·‖B‖² + β·Σ items j without events ‖X·b(j) − x̃(j)‖²,  X̃ = Σ groups k: μ(k)·X·G(k)
/// X [users, items] holds ones; G(k): cosines of attributes, a column of labels, a text or a vector each (<see cref="ContentSimilarity"/>),
/// of the Neighbours most similar items; μ: least squares of X on X·G(k) over the items with events, none below 0. Each column is a ridge
/// regression:
///   with events, P = (XᵀX + λI)⁻¹:  b(j) = −P(·, j) / P(j, j);  without, λ' = λ / (1 + β), P' = (XᵀX + λ'I)⁻¹:
///   b(j) = β / (1 + β)·P'·XᵀX·g(j) = β / (1 + β)·(g(j) − λ'·P'·g(j)),  g(j) = Σ μ(k)·G(k)(·, j)
/// Deviations: the paper's one inverse for all items is exact for none of them where the weight of alignment differs; columns with few
/// events are not aligned, those of EASE are better there; cosines are to the power Exponent and not smoothed. Cost: twice items³ flops;
/// for μ the events of the neighbours of each item in each group, and items·groups²·users; for each item without events
/// items·Neighbours. Memory: 2·items² bytes, 8·(groups + 1)·items·Neighbours for neighbours.
/// </remarks>
public sealed record MaRec : IDemandingTrainer
{
    /// <summary>Attributes that items are aligned by: names with + between them; item.* stands for all labels and numbers.</summary>
    public string Features { get; init; } = "item.*";

    /// <summary>λ, in users, as that of EASE.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Regularization { get; init; } = 100;

    /// <summary>β: how much an item without events is to be like its neighbours by attributes, where others' events weigh 1.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Alignment { get; init; } = 1;

    /// <summary>Items that each is compared with, at most, for each group of attributes.</summary>
    [Range(1, int.MaxValue)]
    public int Neighbours { get; init; } = 500;

    /// <summary>Above 1 near neighbours count more beside many far ones.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Exponent { get; init; } = 1.5f;

    /// <summary>By how many items each item is scored, at most: the largest weights by size.</summary>
    [Range(1, int.MaxValue)]
    public int WeightsKept { get; init; } = 1000;

    public TrainerSummary Summary => new(
        "marec", "EASE, and items without events by attributes, in closed form", "events, attributes of items; items² in memory",
        "2 · items³ flops", Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<MaRec>(
        null, ("regularization", "3..3000:log"), ("alignment", "0.1..100:log"), ("exponent", "0.5..3"));

    void IDemandingTrainer.CheckFor(Interactions interactions) => ContentSimilarity.CheckFor(Summary.Name, interactions);

    // items without events whose columns are in memory at once
    private const int ColumnsAtOnce = 1024;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        int items = interactions.Items.Count;
        var similarity = new ContentSimilarity(Features, interactions);
        var weights = new WeightRow[items];
        if (items == 0) return ItemWeights.OfTargets(interactions.Items, false, weights, items);
        CheckMemory(items, similarity.Groups, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var byItem = ItemWeights.Observed(interactions.ByItem, false);
        int[] cold = [.. Enumerable.Range(0, items).Where(item => byItem.Row(item).Length == 0)];
        using (var p = ItemInverse.NegativeOf(byItem, Regularization, context)) Regress(p, byItem, weights, context);
        if (cold.Length == 0 || similarity.Groups == 0) return ItemWeights.OfTargets(interactions.Items, false, weights, items);

        var g = Mixed(similarity, byItem, context);
        using (var p = ItemInverse.NegativeOf(byItem, Regularization / (1 + Alignment), context))
            foreach (int[] columns in cold.Chunk(ColumnsAtOnce)) Align(p, g, columns, weights, context);
        return ItemWeights.OfTargets(interactions.Items, false, weights, items);
    }

    /// <exception cref="InputException">The matrix of so many items and what is kept of their neighbours do not fit.</exception>
    /// <param name="groups">Of attributes.</param>
    /// <param name="available">Bytes.</param>
    internal void CheckMemory(int items, int groups, long available)
    {
        const long Entry = sizeof(int) + sizeof(float);
        long neighbours = (groups + 1L) * items * Math.Min(Neighbours, items) * Entry;
        long kept = (long)items * Math.Min(WeightsKept, items) * Entry;
        long columns = (long)items * Math.Min(ColumnsAtOnce, items) * sizeof(float);
        Ease.CheckMemory(items, keepsAll: false, available, neighbours + kept + columns,
            "leave out rare items, or use content-knn, or implicit-als with features=item.*, which place new items as well.");
    }

    // the columns of items with events: −P(·, j) / P(j, j)
    private void Regress(TiledSymmetric negative, SparseMatrix byItem, WeightRow[] weights, TrainingContext context) =>
        ItemInverse.ForEachRow(negative, context, (item, row) =>
        {
            float scale = -1 / row[item];
            bool isCold = byItem.Row(item).Length == 0;
            for (int source = 0; source < row.Length; source++) row[source] *= isCold ? 0 : scale;
            row[item] = 0;
            weights[item] = WeightRow.Largest([], row, WeightsKept);
        });

    // the columns of items without: β / (1 + β)·(g − λ'·P'·g)
    private void Align(TiledSymmetric negative, WeightRow[] g, int[] cold, WeightRow[] weights, TrainingContext context)
    {
        var columns = new Matrix(cold.Length, negative.Rows);
        float ridge = Regularization / (1 + Alignment), share = Alignment / (1 + Alignment);
        ItemInverse.ForEachRow(negative, context, (source, row) =>
        {
            for (int n = 0; n < cold.Length; n++)
            {
                var (places, values) = g[cold[n]];
                float sum = 0;
                for (int k = 0; k < places.Length; k++) sum += row[places[k]] * values[k];
                columns.Row(n)[source] = share * ridge * sum;
            }
        });
        Blocks.ForEach(cold.Length, 16, context.Workers, (first, end) =>
        {
            for (int n = first; n < end; n++)
            {
                var (places, values) = g[cold[n]];
                Kernels.AddScaledAt(share, places, values, columns.Row(n));
                columns.Row(n)[cold[n]] = 0;
                weights[cold[n]] = WeightRow.Largest([], columns.Row(n), WeightsKept);
            }
        }, context.Cancellation);
    }

    // [items]: g(j) = Σ μ(k)·G(k)(·, j)
    private WeightRow[] Mixed(ContentSimilarity similarity, SparseMatrix byItem, TrainingContext context)
    {
        WeightRow[][] groups = [.. Enumerable.Range(0, similarity.Groups)
            .Select(group => similarity.Nearest(group, Neighbours, Exponent, context))];
        double[] shares = Shares(groups, byItem, context);
        var mixed = new WeightRow[similarity.Items];
        for (int item = 0; item < mixed.Length; item++)
        {
            mixed[item] = new([], []);
            for (int group = 0; group < groups.Length; group++)
                if (shares[group] > 0) mixed[item] = mixed[item].Plus((float)shares[group], groups[group][item]);
        }
        return mixed;
    }

    // [groups]: μ, by coordinate descent on ‖X − Σ μ(k)·X·G(k)‖² over the columns of items with events, which is convex
    private static double[] Shares(WeightRow[][] groups, SparseMatrix byItem, TrainingContext context)
    {
        const int Sweeps = 100, BlockItems = 64;
        int count = groups.Length;
        var parts = new Products[Blocks.Count(byItem.Rows, BlockItems)];
        Blocks.ForEach(byItem.Rows, BlockItems, context.Workers, () => new Matrix(count, byItem.Columns),
            (block, first, end, columns) => parts[block] = ProductsOf(groups, byItem, first, end, columns), context.Cancellation);
        var products = new double[count, count];
        var right = new double[count];
        foreach (var part in parts) // in their order, whichever thread was faster
        {
            for (int k = 0; k < count; k++)
            {
                right[k] += part.Right[k];
                for (int other = 0; other < count; other++) products[k, other] += part.Pairs[k, other];
            }
        }
        var shares = new double[count];
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int k = 0; k < count; k++)
            {
                double rest = right[k] + (products[k, k] * shares[k]);
                for (int other = 0; other < count; other++) rest -= products[k, other] * shares[other];
                shares[k] = products[k, k] > 0 ? Math.Max(0, rest / products[k, k]) : 0;
            }
        }
        return shares;
    }

    /// <param name="Pairs">[groups, groups]: Σ over items j of ⟨X·G(k)(·, j), X·G(l)(·, j)⟩.</param>
    /// <param name="Right">[groups]: Σ over items j of ⟨X(·, j), X·G(k)(·, j)⟩.</param>
    private sealed record Products(double[,] Pairs, double[] Right);

    /// <param name="columns">[groups, users], overwritten: X·G(k)(·, j) of one item.</param>
    private static Products ProductsOf(WeightRow[][] groups, SparseMatrix byItem, int first, int end, Matrix columns)
    {
        var found = new Products(new double[groups.Length, groups.Length], new double[groups.Length]);
        for (int item = first; item < end; item++)
        {
            var own = byItem.Row(item);
            if (own.Length == 0) continue;
            for (int k = 0; k < groups.Length; k++)
            {
                var column = columns.Row(k);
                column.Clear();
                var (places, values) = groups[k][item];
                for (int n = 0; n < places.Length; n++)
                {
                    var users = byItem.Row(places[n]);
                    Kernels.AddScaledAt(values[n], users.Columns, users.Values, column);
                }
                foreach (int user in own.Columns) found.Right[k] += column[user];
                for (int other = 0; other <= k; other++)
                    found.Pairs[k, other] = found.Pairs[other, k] += Kernels.Dot(column, columns.Row(other));
            }
        }
        return found;
    }
}
