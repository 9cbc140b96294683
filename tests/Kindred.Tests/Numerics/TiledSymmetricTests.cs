using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class TiledSymmetricTests
{
    [Fact]
    public void Tiles_are_numbered_row_by_row_of_the_lower_triangle()
    {
        int tile = 0;
        for (int row = 0; row < 300; row++)
            for (int column = 0; column <= row; column++) Assert.Equal((row, column), TiledSymmetric.PositionOf(tile++));
    }

    [Fact]
    public void It_takes_half_of_the_square_and_is_counted_beyond_32_bits()
    {
        // 500,000 rows are 2,605 rows of tiles of 147,456 bytes
        Assert.Equal(2605L * 2606 / 2 * 147_456, TiledSymmetric.BytesOf(500_000));
        Assert.Equal(147_456, TiledSymmetric.BytesOf(1));
    }

    [Fact]
    public void Both_triangles_are_read_from_one()
    {
        const int Rows = 450, Edge = TiledSymmetric.Edge;
        static float Value(int row, int column) => (Math.Max(row, column) * 1000) + Math.Min(row, column);
        using var matrix = new TiledSymmetric(Rows);
        Assert.Equal((3, 6), (matrix.TileRows, matrix.Tiles));
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Math.Min(Rows, (r / Edge * Edge) + Edge); c++)
                matrix.ValuesOf(r / Edge, c / Edge)[(r % Edge * Edge) + (c % Edge)] = Value(r, c);
        matrix.AddToDiagonal(.5f);
        var rows = new Matrix(Edge, Rows);
        for (int tileRow = 0; tileRow < 3; tileRow++)
        {
            matrix.CopyTileRow(tileRow, rows);
            for (int r = tileRow * Edge; r < Math.Min(Rows, (tileRow + 1) * Edge); r++)
            {
                for (int c = 0; c < Rows; c++)
                {
                    float expected = Value(r, c) + (r == c ? .5f : 0);
                    Assert.Equal(expected, rows.Row(r - (tileRow * Edge))[c]);
                    Assert.Equal(expected, matrix.At(r, c));
                }
            }
        }
    }
}
