using Kindred.Numerics;

namespace Kindred.Models.Sgd;

/// <summary>The rows of one side that are learned, and with Adagrad what each has moved so far.</summary>
internal sealed class FactorRows
{
    // What a row's sum of squares begins with: small against the first gradient of a row of typical length.
    private const float FirstSquares = 1e-6f;

    /// <param name="values">[rows, d]</param>
    /// <param name="isAdaptive">The learning rate is Adagrad's.</param>
    public FactorRows(Matrix values, bool isAdaptive)
    {
        (Values, Squares) = (values, isAdaptive ? new float[values.Rows] : []);
        Squares.AsSpan().Fill(FirstSquares);
    }

    /// <summary>[rows, d]</summary>
    public Matrix Values { get; }

    /// <summary>[rows]: Σ past |gradient|² / d; empty without Adagrad.</summary>
    public float[] Squares { get; }

    /// <summary>Numbers that a row is packed into.</summary>
    public int PackedWidth => Values.Columns + (Squares.Length > 0 ? 1 : 0);

    /// <returns>[rows, <see cref="PackedWidth"/>]: a copy of rows with all that belongs to them.</returns>
    public Matrix Packed(ReadOnlySpan<int> rows)
    {
        var packed = new Matrix(rows.Length, PackedWidth);
        for (int n = 0; n < rows.Length; n++)
        {
            Values.Row(rows[n]).CopyTo(packed.Row(n));
            if (Squares.Length > 0) packed.Row(n)[^1] = Squares[rows[n]];
        }
        return packed;
    }

    /// <summary>Takes packed rows in.</summary>
    public void Unpack(ReadOnlySpan<int> rows, ReadOnlySpan<float> packed)
    {
        for (int n = 0; n < rows.Length; n++)
        {
            var row = packed.Slice(n * PackedWidth, PackedWidth);
            row[..Values.Columns].CopyTo(Values.Row(rows[n]));
            if (Squares.Length > 0) Squares[rows[n]] = row[^1];
        }
    }
}
