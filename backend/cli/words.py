"""What the `terrain` command says went wrong, by the code of the error."""

from typing import Final

# In the operator's two languages; `{}` is the detail.
WORDS: Final = {
    "port-busy": (
        "Le port {} est déjà pris : arrêter l'autre programme, ou en choisir un autre"
        " (`make run PORT=N`, ou `port` dans le TOML).",
        "Port {} is busy: stop the other program, or choose another"
        " (`make run PORT=N`, or `port` in the TOML).",
    ),
    "already-running": (
        "Terrain tourne déjà dans {}.",
        "Terrain is already running in {}.",
    ),
    "no-installation": (
        "Aucune installation dans {} : indiquer --config ou --data.",
        "No installation in {}: give --config or --data.",
    ),
    "no-such-technician": ("Aucun technicien « {} ».", 'No technician "{}".'),
    "bad-backup": (
        "Cette copie ne vaut rien : {}.",
        "This backup is worth nothing: {}.",
    ),
    "no-file": ("{} n'existe pas.", "There is no {}."),
    "backup-elsewhere": (
        "La base est PostgreSQL : la copier avec pg_dump, la rendre avec pg_restore.",
        "The database is PostgreSQL: copy it with pg_dump, put it back with pg_restore.",
    ),
    "no-archive": (
        "`[backup]` n'indique pas où garder les copies : l'ajouter, ou donner un fichier.",
        "`[backup]` does not say where backups are kept: add it, or give a file.",
    ),
    "archive-away": (
        "L'endroit des copies ne répond pas ({}).",
        "The place of the backups does not answer ({}).",
    ),
    "wrong-key": (
        "Cette clé age n'en est pas une, ou n'ouvre pas cette copie : {}.",
        "This age key is none, or does not open this backup: {}.",
    ),
    "not-verified": (
        "La copie relue n'est pas celle qui a été écrite : {}.",
        "The backup that was read back is not the one that was written: {}.",
    ),
    "upgrade-failed": (
        "La mise à niveau a échoué ({}); la base est comme avant : relancer l'ancienne version.",
        "The upgrade failed ({}); the database is as it was: start the former version again.",
    ),
    "bad-answer": (
        "Cette réponse ne convient pas : {}.",
        "This answer will not do: {}.",
    ),
    "not-parked": (
        "Rien n'attend qu'on le reprenne. {}",
        "Nothing waits to be tried again. {}",
    ),
    "pages-missing": (
        "Il manque des codes, ou un est mal lu : {}. Les montrer et les lire de nouveau.",
        "Codes are missing, or one was misread: {}. Show and read them again.",
    ),
    "bad-salvage": (
        "Ce fichier n'est pas l'export d'un téléphone : {}.",
        "This file is not what a phone exports: {}.",
    ),
    "no-such-device": (
        "Ce technicien n'a jamais eu l'appareil « {} » : rien n'a été pris.",
        'This technician never had the device "{}": nothing was taken.',
    ),
    "no-such-account": ("Aucun compte « {} ».", 'No account "{}".'),
    "no-such-link": ("Aucun lien « {} ».", 'No link "{}".'),
    "disk-full": (
        "Le disque est plein : rien n'a été enregistré ({}).",
        "The disk is full: nothing was kept ({}).",
    ),
    "storage-failed": (
        "La base de données est inutilisable ({}) : vérifier le disque, ou restaurer.",
        "The database cannot be used ({}): check the disk, or restore.",
    ),
    "one-process": (
        "La base est SQLite : `terrain serve` travaille aussi; `terrain work` demande PostgreSQL.",
        "The database is SQLite: `terrain serve` works too; `terrain work` wants PostgreSQL.",
    ),
    "no-pwa": (
        "L'application n'est pas construite ({}) : lancer `make run`.",
        "The app is not built ({}): run `make run`.",
    ),
}
