using System.Globalization;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// The arrays of a <see cref="CrossNetwork"/>, which <see cref="Shape"/> lists: what trains it makes them by the same names.
/// </summary>
internal sealed class CrossLayers
{
    private readonly Dictionary<string, Matrix> _arrays;

    /// <param name="arrays">By the names of the shape; vectors are one row.</param>
    public CrossLayers(int crossLayers, int hiddenLayers, Dictionary<string, Matrix> arrays)
    {
        _arrays = arrays;
        Cross = [.. Enumerable.Range(0, crossLayers).Select(n => Of($"cross.{n}"))];
        Hidden = [.. Enumerable.Range(0, hiddenLayers).Select(n => Of($"hidden.{n}"))];
        Width = crossLayers > 0 ? Cross[0].Weights.Columns : hiddenLayers > 0 ? Hidden[0].Weights.Columns : 0;

        Layer Of(string name) => new(arrays[name], arrays[$"{name}.bias"]);
    }

    /// <param name="Weights">[to, from]</param>
    /// <param name="Bias">[1, to]</param>
    internal sealed record Layer(Matrix Weights, Matrix Bias);

    /// <summary>w, the length of what goes in.</summary>
    public int Width { get; }

    public IReadOnlyList<Layer> Cross { get; }

    public IReadOnlyList<Layer> Hidden { get; }

    /// <summary>The most values that a row has on its way.</summary>
    public int Widest => Hidden.Select(layer => layer.Weights.Rows).Append(Width).Max();

    /// <summary>[rows, e], of the categories.</summary>
    public Matrix Table => _arrays["table"];

    /// <summary>[1, w + the last hidden layer]; without cross layers, or without hidden ones, the other part alone.</summary>
    public Matrix Output => _arrays["output"];

    /// <returns>The arrays in their order: the names, rows and columns; a vector has one row.</returns>
    public static IEnumerable<(string Name, int Rows, int Columns)> Shape(
        RowEncoding encoding, int dimensions, int crossLayers, IReadOnlyList<int> hidden)
    {
        int width = encoding.Numbers + (encoding.Columns * dimensions), from = width;
        yield return ("table", encoding.TableRows, dimensions);
        for (int n = 0; n < crossLayers; n++)
        {
            yield return ($"cross.{n}", width, width);
            yield return ($"cross.{n}.bias", 1, width);
        }
        for (int n = 0; n < hidden.Count; from = hidden[n++])
        {
            yield return ($"hidden.{n}", hidden[n], from);
            yield return ($"hidden.{n}.bias", 1, hidden[n]);
        }
        yield return ("output", 1, (crossLayers > 0 ? width : 0) + (hidden.Count > 0 ? hidden[^1] : 0));
    }

    /// <returns>Whether all arrays have the sizes that they must have.</returns>
    public bool Fit(RowEncoding encoding) =>
        Cross.Count + Hidden.Count > 0
        && Shape(encoding, Table.Columns, Cross.Count, [.. Hidden.Select(layer => layer.Weights.Rows)])
            .All(array => _arrays[array.Name].Rows == array.Rows && _arrays[array.Name].Columns == array.Columns);

    public void Save(TensorWriter writer)
    {
        writer.AddText("crossLayers", Cross.Count.ToString(CultureInfo.InvariantCulture));
        writer.AddText("hiddenLayers", Hidden.Count.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, array) in _arrays) writer.Add(name, array);
    }

    public static CrossLayers Load(TensorFile file)
    {
        int cross = Count("crossLayers"), hidden = Count("hiddenLayers");
        return new(cross, hidden, Names("cross", cross).Concat(Names("hidden", hidden)).SelectMany(name => (string[])[name, $"{name}.bias"])
            .Append("table").Append("output").ToDictionary(name => name, file.Matrix));

        int Count(string name) => int.TryParse(file.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count
            : throw new InputException($"The network in {file.Path} is damaged: {name} is '{file.Text(name)}'; write it again.");
        static IEnumerable<string> Names(string part, int count) => Enumerable.Range(0, count).Select(n => $"{part}.{n}");
    }
}
