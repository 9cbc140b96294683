using System.CommandLine;
using Kindred.Import;

namespace Kindred.Cli.Options;

/// <summary>How people write times and numbers, where a file alone cannot tell.</summary>
internal sealed class CellFormOptions
{
    private readonly Option<string?> _time = new("--time-format")
    {
        Description = "How times are written: as for `kindred import`, such as day-first, milliseconds or %d.%m.%Y. "
            + "Default: as they look.",
        HelpName = "format",
    };

    private readonly Option<string?> _decimal = new("--decimal")
    {
        Description = "What stands before fractions: , or . (default: as numbers look).",
        HelpName = "sign",
    };

    public IEnumerable<Option> All => [_time, _decimal];

    /// <exception cref="InputException">A sign is none.</exception>
    public CellForms Read(ParseResult parse) => new(parse.GetValue(_time), parse.GetValue(_decimal) switch
    {
        null => null,
        "," => ',',
        "." => '.',
        var sign => throw new InputException($"--decimal must be , or ., was '{sign}'."),
    });
}
