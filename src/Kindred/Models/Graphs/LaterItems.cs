using System.Globalization;
using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Graphs;

/// <summary>
/// What embeds items that came after a PinSage was trained, as those that nobody touched in training: by their labels and numbers, and by
/// the neighbours that a walk from their labels finds. Immutable.
/// </summary>
/// <param name="rows">[items], features of the items that were trained on.</param>
/// <param name="neighbours">[items, items], of those.</param>
/// <param name="byItem">[items, users], who touched them.</param>
internal sealed class LaterItems(
    FeatureSpace space, ConvolutionNetwork network, FeatureRows rows, SparseMatrix neighbours, SparseMatrix byItem, WalkOptions walks)
{
    private readonly Lazy<SparseMatrix> _byUser = new(byItem.Transpose);

    /// <returns>[rows of the catalog, d], of length 1; zero where nothing is known. It depends on no other row of the catalog.</returns>
    public Matrix Embed(Catalog attributes)
    {
        int known = rows.Count;
        var late = space.ItemRows(attributes);
        var graph = new ItemWalks(walks, byItem, _byUser.Value, space, rows, late);
        var near = Enumerable.Range(0, late.Count)
            .Select(n => graph.NeighboursOf(known + n, withUsers: false, new Rng(0).Fork("later items"))).ToArray();

        // those to be embedded, then what they hear, from as far as there are layers
        List<int> nodes = [.. Enumerable.Range(known, late.Count)];
        var places = nodes.Select((node, place) => (node, place)).ToDictionary(n => n.node, n => n.place);
        var edges = new List<(int, int, float)>();
        for (int layer = 0, first = 0; layer < network.Layers.Count; layer++)
        {
            int end = nodes.Count;
            for (int place = first; place < end; place++)
            {
                foreach (var (item, weight) in HeardBy(nodes[place]))
                {
                    if (places.TryAdd(item, nodes.Count)) nodes.Add(item);
                    edges.Add((place, places[item], weight));
                }
            }
            first = end;
        }
        var features = FeatureRows.Of(nodes.Count, (node, columns, values) =>
        {
            var (from, row) = nodes[node] < known ? (rows, nodes[node]) : (late, nodes[node] - known);
            columns.AddRange(from.ColumnsOf(row));
            values.AddRange(from.ValuesOf(row));
        });
        var all = network.Embed(features, SparseMatrix.FromTriplets(nodes.Count, nodes.Count, edges), 1, default);
        var embeddings = new Matrix(late.Count, all.Columns);
        all.Values[..embeddings.Values.Length].CopyTo(embeddings.Values);
        return embeddings;

        IEnumerable<(int Item, float Weight)> HeardBy(int node)
        {
            if (node >= known) return near[node - known];
            var row = neighbours.Row(node);
            return row.Columns.ToArray().Zip(row.Values.ToArray());
        }
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("table", network.Table);
        writer.AddText("layers", network.Layers.Count.ToString(CultureInfo.InvariantCulture));
        for (int layer = 0; layer < network.Layers.Count; layer++)
        {
            Save(writer, $"neighbour.{layer}", network.Layers[layer].Neighbour);
            Save(writer, $"own.{layer}", network.Layers[layer].Own);
        }
        Save(writer, "in", network.In);
        Save(writer, "out", network.Out);
        writer.AddText("walks", string.Create(CultureInfo.InvariantCulture,
            $"{walks.Steps} {walks.Restart:R} {walks.LabelShare:R} {walks.Neighbours}"));
        space.Save(writer);
        rows.Save(writer, "rows");
        Save(writer, "neighbours", neighbours);
        Save(writer, "byItem", byItem);
    }

    /// <returns>Null where none were saved.</returns>
    public static LaterItems? Load(TensorFile file, int items)
    {
        if (!file.Contains("table")) return null;
        var table = file.Matrix("table");
        int layers = int.Parse(file.Text("layers"), CultureInfo.InvariantCulture);
        string[] walks = file.Text("walks").Split(' ');
        float Number(int n) => float.Parse(walks[n], CultureInfo.InvariantCulture);
        return new(
            FeatureSpace.Load(file, table.Rows),
            new(table, [.. Enumerable.Range(0, layers)
                .Select(layer => new Convolution(LoadDense(file, $"neighbour.{layer}"), LoadDense(file, $"own.{layer}")))],
                LoadDense(file, "in"), LoadDense(file, "out")),
            FeatureRows.Load(file, "rows"), LoadSparse(file, "neighbours", items, items),
            LoadSparse(file, "byItem", items, file.Array<int>("byItem.columns").Span[0]),
            new((int)Number(0), Number(1), Number(2), (int)Number(3)));
    }

    private static void Save(TensorWriter writer, string name, Dense dense)
    {
        writer.Add($"{name}.weights", dense.Weights);
        writer.Add($"{name}.bias", dense.Bias);
    }

    private static Dense LoadDense(TensorFile file, string name) => new(file.Matrix($"{name}.weights"), file.Matrix($"{name}.bias"));

    private static void Save(TensorWriter writer, string name, SparseMatrix matrix)
    {
        writer.Add<int>($"{name}.columns", new[] { matrix.Columns });
        writer.Add($"{name}.starts", matrix.Starts);
        writer.Add($"{name}.indices", matrix.Indices);
        writer.Add($"{name}.values", matrix.Values);
    }

    private static SparseMatrix LoadSparse(TensorFile file, string name, int rows, int columns) => new(
        rows, columns, file.Array<int>($"{name}.starts"), file.Array<int>($"{name}.indices"), file.Array<float>($"{name}.values"));
}
