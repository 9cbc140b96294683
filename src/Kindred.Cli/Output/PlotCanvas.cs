namespace Kindred.Cli.Output;

/// <summary>Dots, two across and four down in each character, as Braille has them; and which line was drawn last in each.</summary>
/// <param name="width">Characters.</param>
/// <param name="height">Characters.</param>
internal sealed class PlotCanvas(int width, int height)
{
    private const char NoDots = '\u2800';

    // bits of a Braille character, [row][column]
    private static readonly byte[][] Bits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

    private readonly byte[] _dots = new byte[width * height];
    private readonly int[] _lines = new int[width * height];

    public int DotsAcross => 2 * width;

    public int DotsDown => 4 * height;

    /// <returns>A character, ' ' where nothing is drawn, and the line it belongs to.</returns>
    public (char Character, int Line) At(int column, int row)
    {
        int place = (row * width) + column;
        return _dots[place] == 0 ? (' ', 0) : ((char)(NoDots + _dots[place]), _lines[place]);
    }

    /// <summary>Draws from one dot to another; (0, 0) is at the top left.</summary>
    public void Draw(int line, (int X, int Y) from, (int X, int Y) to)
    {
        int steps = Math.Max(1, Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)));
        for (int n = 0; n <= steps; n++)
        {
            double share = (double)n / steps;
            Set(line, (int)Math.Round(from.X + (share * (to.X - from.X))), (int)Math.Round(from.Y + (share * (to.Y - from.Y))));
        }
    }

    private void Set(int line, int x, int y)
    {
        int place = (y / 4 * width) + (x / 2);
        _dots[place] |= Bits[y % 4][x % 2];
        _lines[place] = line;
    }
}
