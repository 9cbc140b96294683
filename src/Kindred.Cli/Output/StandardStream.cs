using System.ComponentModel;
using System.Text;

namespace Kindred.Cli.Output;

/// <summary>
/// Standard output or error. A full disk behind standard output is told in a sentence; behind standard error it is told nowhere.
/// </summary>
/// <param name="failed">What to make of a failure; null: nothing more is written.</param>
internal sealed class StandardStream(TextWriter stream, Func<IOException, Exception>? failed) : TextWriter
{
    public override Encoding Encoding => stream.Encoding;

    public static void Install()
    {
        Console.SetOut(new StandardStream(Console.Out, e => new InputException($"Standard output cannot be written: {e.Message}", e)));
        Console.SetError(new StandardStream(Console.Error, failed: null));
        // What writing needs is loaded now: when no more files may be opened, there is still a sentence to write.
        _ = new Win32Exception(0).Message;
        Console.Error.Write("");
    }

    public override void Write(char value) => Try(() => stream.Write(value));

    public override void Write(string? value) => Try(() => stream.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => stream.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => stream.WriteLine(value));

    public override void Flush() => Try(stream.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e)
        {
            if (failed is not null) throw failed(e);
        }
    }
}
