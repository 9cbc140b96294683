using System.Runtime.InteropServices;
using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Import.Writing;

/// <summary>
/// What Kindred holds, as tables that other programs read: CSV, JSON lines or Parquet by the file's ending; see <see cref="RowFile"/>. What
/// was imported from such a table of events is the same data.
/// </summary>
public static class Exporter
{
    private const int BlockRows = 4096;

    /// <summary>An event a row, by user, oldest first: <c>user</c>, <c>item</c>, <c>rating</c> or <c>weight</c> where there are values,
    /// <c>time</c> where there are times.</summary>
    /// <param name="values">What the values are; <see cref="ValueKind.None"/>: they are left out.</param>
    /// <remarks>
    /// Weights that an import scaled are written as the values before: importing them scales them again. Weights that
    /// it also reduced by age are written as they are.
    /// </remarks>
    /// <returns>Rows written.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public static long WriteEvents(
        string path, Interactions data, ValueKind values, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var histories = data.Histories;
        List<RowColumn> columns = [new("user", CellKind.Text), new("item", CellKind.Text)];
        if (values != ValueKind.None) columns.Add(new(values == ValueKind.Ratings ? "rating" : "weight", CellKind.Number));
        if (histories.HasTimes) columns.Add(new("time", CellKind.Time));
        bool isAged = histories.Weights.Span.ContainsAnyInRange(0, MathF.BitDecrement(1)); // a scaled weight is at least 1
        var scale = isAged ? ValueScale.Raw : histories.Scale;
        var valueOf = new Dictionary<float, float>(); // counts repeat
        return Write(path, columns, data.Users.Count, (rows, user) =>
        {
            var items = histories.ItemsOf(user).Span;
            var weights = histories.WeightsOf(user).Span;
            var times = histories.TimesOf(user).Span;
            for (int n = 0; n < items.Length; n++)
            {
                rows.Text(data.Users.Utf8(user));
                rows.Text(data.Items.Utf8(items[n]));
                if (values != ValueKind.None) rows.Number(ValueOf(weights[n]));
                if (histories.HasTimes) rows.Time(times[n]);
                rows.EndRow();
            }
            return items.Length;
        }, progress, cancellationToken);

        float ValueOf(float weight)
        {
            ref float value = ref CollectionsMarshal.GetValueRefOrAddDefault(valueOf, weight, out bool isKnown);
            return isKnown ? value : value = scale.ValueOf(weight);
        }
    }

    /// <summary>A user or item a row, with what is known of it: labels as a list, joined by <c>|</c> in CSV.</summary>
    /// <param name="id">Name of the column of ids.</param>
    /// <param name="attributes">[ids]</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public static long WriteAttributes(
        string path, string id, Vocabulary ids, Catalog attributes, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string[] taken = [.. attributes.Texts.Keys, .. attributes.Numbers.Keys, .. attributes.Labels.Keys];
        while (taken.Contains(id, StringComparer.OrdinalIgnoreCase)) id += "_id";
        RowColumn[] columns =
        [
            new(id, CellKind.Text),
            .. attributes.Texts.Keys.Select(name => new RowColumn(name, CellKind.Text)),
            .. attributes.Numbers.Keys.Select(name => new RowColumn(name, CellKind.Number)),
            .. attributes.Labels.Keys.Select(name => new RowColumn(name, CellKind.Texts)),
        ];
        return Write(path, columns, ids.Count, (rows, row) =>
        {
            rows.Text(ids.Utf8(row));
            foreach (var text in attributes.Texts.Values)
            {
                if (text.Values.Utf8(row) is { IsEmpty: false } known) rows.Text(known);
                else rows.Missing();
            }
            foreach (var number in attributes.Numbers.Values) rows.Number(number.Values.Span[row]);
            foreach (var labels in attributes.Labels.Values)
                rows.Texts([.. labels[row].ToArray().Select(labels.Labels.Id)]);
            rows.EndRow();
            return 1;
        }, progress, cancellationToken);
    }

    /// <summary>
    /// A vector a row: <c>id</c>, then <c>vector</c>, a list; in CSV a column for each dimension, <c>v1</c>, <c>v2</c>, … With the
    /// ending <c>.npy</c> a matrix for NumPy, float32, and beside it the ids of its rows as a JSON array: <c>name.ids.json</c>; with
    /// <c>.npz</c> or <c>.safetensors</c> the factors of items, see <see cref="WriteFactors"/>.
    /// </summary>
    /// <param name="vectors">[rows, d]</param>
    /// <param name="ids">Of the rows.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public static long WriteVectors(
        string path, Matrix vectors, Func<int, string> ids, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (FactorFile.Is(path))
        {
            FactorFile.Write(path, [("item", vectors, ids)], cancellationToken);
            return vectors.Rows;
        }
        bool isList = RowFile.HasLists(path);
        RowColumn[] columns =
        [
            new("id", CellKind.Text),
            .. isList ? [new("vector", CellKind.Numbers)]
                : Enumerable.Range(1, vectors.Columns).Select(n => new RowColumn($"v{n}", CellKind.Number)),
        ];
        return Write(path, columns, vectors.Rows, (rows, row) =>
        {
            rows.Text(ids(row));
            if (isList) rows.Numbers(vectors.Row(row));
            else foreach (float value in vectors.Row(row)) rows.Number(value);
            rows.EndRow();
            return 1;
        }, progress, cancellationToken);
    }

    /// <summary>
    /// The vectors of items, of users, or of both, into one <c>.npz</c> or <c>.safetensors</c> file: <c>item_factors</c>,
    /// <c>user_factors</c>, and their ids; see <see cref="FactorImport"/>, which reads it.
    /// </summary>
    /// <param name="items">[items, d], and the ids of the rows; null: they are left out.</param>
    /// <param name="users">[users, d], likewise.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="InputException">The file cannot be written, or has another ending.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public static long WriteFactors(
        string path, (Matrix Vectors, Func<int, string> Ids)? items, (Matrix Vectors, Func<int, string> Ids)? users,
        CancellationToken cancellationToken = default)
    {
        if (!FactorFile.HasNames(path)) throw new InputException($"{path} must end with .npz or .safetensors.");
        List<(string Of, Matrix Vectors, Func<int, string> Ids)> factors = [];
        if (items is { } ofItems) factors.Add(("item", ofItems.Vectors, ofItems.Ids));
        if (users is { } ofUsers) factors.Add(("user", ofUsers.Vectors, ofUsers.Ids));
        FactorFile.Write(path, factors, cancellationToken);
        return factors.Sum(f => (long)f.Vectors.Rows);
    }

    /// <param name="write">Writes the rows of one thing and says how many.</param>
    private static long Write(
        string path, IReadOnlyList<RowColumn> columns, int things, Func<RowWriter, int, int> write, IProgress<ImportProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var file = RowFile.Create(path, columns, cancellationToken);
        var rows = file.NewWriter();
        long written = 0;
        int inBlock = 0;
        for (int thing = 0; thing < things; thing++)
        {
            inBlock += write(rows, thing);
            if (inBlock < BlockRows && thing < things - 1) continue;
            cancellationToken.ThrowIfCancellationRequested();
            file.Append(rows);
            written += inBlock;
            inBlock = 0;
            progress?.Report(new("writing", written));
        }
        file.Complete();
        return written;
    }
}
