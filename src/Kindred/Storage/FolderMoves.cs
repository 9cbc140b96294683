using System.Runtime.InteropServices;

namespace Kindred.Storage;

/// <summary>What the framework does not offer: two folders swapped in one step, and names that are on the disk.</summary>
internal static partial class FolderMoves
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE of renameat2 (Linux), RENAME_SWAP of renamex_np (macOS)

    /// <summary>Swaps two folders of one file system: at no moment is either name missing.</summary>
    /// <returns>False: nothing was moved, because the system or the file system does not offer this, or for another reason.</returns>
    public static bool TryExchange(string first, string second)
    {
        try
        {
            return OperatingSystem.IsLinux() ? RenameAt2(CurrentFolder, first, CurrentFolder, second, Exchange) == 0
                : OperatingSystem.IsMacOS() && RenameX(first, second, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // an older C library
        }
    }

    /// <summary>Waits until the names in the folder are on the disk. Windows keeps them in its journal and offers no such call.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int file = Open(folder, 0);
        if (file < 0) return; // may not be read, or is gone: what was moved is in place, only less surely
        _ = Sync(file);
        _ = Close(file);
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int RenameAt2(int firstFolder, string first, int secondFolder, string second, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int RenameX(string first, string second, uint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Close(int file);
}
